// The envelope of a workspace's API, who may look in, and what a refusal is there.
import {
  type HttpRequest,
  json,
  jsonText,
  type ProblemAnswer,
  type RouteDoc,
  type TextAnswer,
} from "@x/core/service";
import { workspaceTokenHeader } from "../../../wire/paths.ts";
import type { Command, Replies } from "../../rules/model/commands.ts";
import { isRefusal, type RefusalReason } from "../../rules/model/refusal.ts";
import { hashOf, type Surface } from "../context.ts";
import { refusalProblem, workspaceProblem } from "../problems.ts";
import { demanded } from "./fields.ts";

export const ok = (data: unknown): TextAnswer => json(200, { code: 0, message: "ok", data });

/** The same for data that is JSON text. */
export const okText = (data: string): TextAnswer => jsonText(200, `{"code":0,"message":"ok","data":${data}}`);

export const doc = (operationId: string, summary: string): RouteDoc => ({
  operationId,
  summary,
  tag: "workspace",
  answers: {},
});

export const open: { readonly admit: () => undefined; readonly problem: ProblemAnswer } = {
  admit: () => undefined,
  problem: workspaceProblem,
};

const headerName = workspaceTokenHeader.toLowerCase();

/** The hash of the token in the header; `""` for none. */
export const headerToken = (request: HttpRequest): string => hashOf(request.header(headerName) ?? "");

/** The same, also from `?token=`, for what a browser opens by itself. */
export const anyToken = (request: HttpRequest): string =>
  hashOf(request.header(headerName) ?? request.query.token ?? "");

/** The workspace that a request names, for who has its token. @throws {HttpProblem} as {@link ask}, and 422 */
export const readable = (surface: Surface, request: HttpRequest): Promise<Replies["readWorkspace"]> =>
  ask(surface, {
    type: "readWorkspace",
    network: demanded(request.query, "network"),
    tokenHash: headerToken(request),
  });

/**
 * Carries out a command.
 *
 * @throws {HttpProblem} for what the rules refuse, with other words for some reasons where the call has its own
 */
export async function ask<Type extends Command["type"] & keyof Replies>(
  { engine, metrics }: Surface,
  command: Extract<Command, { readonly type: Type }> & { readonly type: Type },
  words: { readonly [Reason in RefusalReason]?: string } = {},
): Promise<Replies[Type]> {
  const reply: unknown = await engine.run<Type>(command);
  if (isRefusal(reply)) {
    if (reply.refused === "bad_token") {
      metrics.countAuthFailure();
    }
    throw refusalProblem(reply, words[reply.refused]);
  }
  return reply as Replies[Type];
}

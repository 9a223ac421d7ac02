// What every call of the face has at hand: the agent, the rules at work, and what the request says beside its parameters.
import type { CommandType, HttpRequest, ReplyTo } from "@x/core/service";
import { extensionUris, headers } from "../../../wire/a2a/names.ts";
import type { A2AVersion } from "../../../wire/a2a/versions.ts";
import { type HandlerHeaders, writeHandlerHeaders } from "../../../wire/handler-headers.ts";
import type { DidDocument } from "../../../wire/identity.ts";
import type { Engine } from "../../engine/engine.ts";
import type { WebhookRules } from "../../engine/webhook-post.ts";
import type { Command, Replies } from "../../rules/model/commands.ts";
import type { Agent } from "../../rules/model/entities.ts";
import { isRefusal } from "../../rules/model/refusal.ts";
import type { BinduTypes } from "../../rules/model/turn.ts";
import { FaceProblem, invalidParam, refusalProblem } from "./problems.ts";

/** One agent behind its face. */
export interface Face {
  readonly engine: Engine;
  readonly agentId: string;
  /** As it is registered now. */
  agent(): Agent;
  /** The agent's DID document, by which its signatures are verified. */
  didDocument(): DidDocument;
  /** The card of the dialect, whose other members an extension of ours carries. */
  binduCard(): object;
  /** How long a caller that waits for the end of a turn waits at most, in milliseconds. */
  readonly blockingMs: number;
  readonly webhooks: WebhookRules;
  /** The server takes no new work: it stops. */
  isStopping(): boolean;
  /** Streams that are open now, or asked for and not refused. */
  openStreams: number;
}

/** Who calls, as far as that matters. */
export interface FaceCaller {
  readonly version: A2AVersion;
  readonly request: HttpRequest;
}

/** The most streams of one agent; an idle reader costs a socket. */
export const mostStreams = 100;

/** Whether the agent may be told to webhooks, and its answers read as they grow. The core can both. */
export const canPush = (agent: Agent): boolean => agent.config.pushNotifications !== false;
export const canStream = (agent: Agent): boolean => agent.config.streaming !== false;

/** The extensions that every agent of this core has, beside its DID. */
const ownExtensions: readonly string[] = [
  extensionUris.binduCard,
  extensionUris.resume,
  extensionUris.idempotentSend,
];

/** Extensions that callers must name, by the agent's registration. */
export function requiredExtensions({ config }: Agent): readonly string[] {
  const uris = config.extraMetadata?.a2aRequiredExtensions;
  return Array.isArray(uris)
    ? uris.filter((uri): uri is string => typeof uri === "string" && uri !== "")
    : [];
}

/** The extensions that a request names. */
function namedExtensions(request: HttpRequest): readonly string[] {
  const texts = [request.header(headers.extensions), request.header(headers.oldExtensions)];
  const uris = texts.flatMap((text) => text?.split(",") ?? []).map((uri) => uri.trim());
  return [...new Set(uris.filter((uri) => uri !== ""))];
}

/** Says which of the named extensions the agent has. @throws {FaceProblem} on a send without one that is required */
export function activateExtensions(face: Face, request: HttpRequest, isSend: boolean): void {
  const agent = face.agent();
  const named = namedExtensions(request);
  const required = requiredExtensions(agent);
  const known = new Set<string>([agent.did, ...ownExtensions, ...required]);
  const active = named.filter((uri) => known.has(uri));
  if (active.length > 0) {
    request.setHeader(headers.extensions, active.join(", "));
  }
  const missing = required.filter((uri) => !named.includes(uri));
  if (isSend && missing.length > 0) {
    const message = `The request must name the extension ${missing.join(", ")} in A2A-Extensions`;
    throw new FaceProblem({
      name: "EXTENSION_SUPPORT_REQUIRED",
      message,
      metadata: { required: missing.join(", ") },
    });
  }
}

/** What the handler is told of a request beside the message. */
export function handlerHeaders(
  { request, version }: FaceCaller,
  messageId: string,
): Readonly<Record<string, string>> {
  const told: HandlerHeaders = {
    messageId,
    a2aVersion: version,
    extensions: namedExtensions(request),
    traceparent: request.header("traceparent"),
    tracestate: request.header("tracestate"),
  };
  return writeHandlerHeaders(told);
}

/** The event behind which a reader goes on. @throws {FaceProblem} for what is no number */
export function lastEventId({ lastEventId: text }: HttpRequest): number | undefined {
  if (text === undefined || text === "") {
    return undefined;
  }
  if (!/^\d{1,15}$/.test(text)) {
    throw invalidParam("Last-Event-ID", "must be the number of an event");
  }
  return Number(text);
}

/** Carries out a command. @throws {FaceProblem} for what the rules refuse */
export async function ask<Type extends Command["type"] & CommandType<BinduTypes>>(
  { engine }: Pick<Face, "engine">,
  command: Extract<Command, { readonly type: Type }> & { readonly type: Type },
  taskId?: string,
): Promise<Replies[Type]> {
  const reply: ReplyTo<BinduTypes, Type> = await engine.run<Type>(command);
  if (isRefusal(reply)) {
    throw refusalProblem(reply, taskId);
  }
  return reply as Replies[Type];
}

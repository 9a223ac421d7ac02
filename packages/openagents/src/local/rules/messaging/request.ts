// A request to a mod, and the two ways in which it fails: it is none, or it cannot be carried out.
import { type Body, textOf, wholeOf } from "../../../wire/body.ts";
import type { Answer, SentEvent } from "../model/commands.ts";
import type { NetworkRules } from "../model/rule-options.ts";
import type { Agent, State, Workspace } from "../model/state.ts";
import type { NetworkTurn } from "../model/turn.ts";

/** What a handler has at hand. */
export interface Request {
  readonly state: State;
  readonly home: Workspace;
  readonly agent: Agent;
  readonly event: SentEvent;
  readonly turn: NetworkTurn;
  readonly rules: NetworkRules;
}

export type Handler = (request: Request) => Answer;

/** Done. */
export const done = (message: string, data: Body | null): Answer => ({ success: true, message, data });

/** The request is none: the outer layer says so. */
export const invalid = ({ event }: Request, reason: string): Answer => ({
  success: false,
  message: `Error processing ${event.name}: ${reason}`,
  data: { error: reason },
});

/** It cannot be carried out: the outer layer succeeds, the inner one does not. */
export const failed = (request: Request, reason: string, more: Body = {}): Answer =>
  done(reason, { success: false, error: reason, ...more, request_id: requestId(request) });

export const requestId = ({ event }: Request): string => textOf(event.payload.request_id) ?? event.id;

/** The page of a list that is asked for, or what is wrong with it. */
export function pageOf({ payload }: SentEvent): { readonly limit: number; readonly offset: number } | string {
  const limit = payload.limit === undefined ? 50 : wholeOf(payload.limit);
  if (limit === undefined || limit < 1 || limit > 500) {
    return "limit must be between 1 and 500";
  }
  const offset = payload.offset === undefined ? 0 : wholeOf(payload.offset);
  return offset === undefined || offset < 0 ? "offset must be >= 0" : { limit, offset };
}

/** Whether an agent may do what only admins may. */
export function isAdmin(group: string, { groups }: NetworkRules): boolean {
  const found = groups.find(({ name }) => name === group);
  return (
    found !== undefined && (found.name === "admin" || found.metadata.permissions?.includes("all") === true)
  );
}

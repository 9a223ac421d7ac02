// The one shape of error bodies, and what a refusal is on the wire: a status and a word in REST, a number in JSON-RPC.
import { HttpProblem, json, type ProblemAnswer, type RpcFailure } from "@x/core/service";
import type { GridWireProfile } from "../../wire/profile.ts";
import type { WireRefusal } from "../../wire/refusal.ts";
import type { Refusal, RefusalReason } from "../rules/model/refusal.ts";

export const problemAnswer: ProblemAnswer = ({ status, code, message, fields }) =>
  json(status, { error: { code, message, data: fields } });

/** Statuses of what the rules refuse, on REST routes; 422 for all others. */
const statuses: { readonly [Reason in RefusalReason]?: number } = {
  node_exists: 409,
  already_claimed: 409,
  node_not_found: 404,
  unknown_code: 404,
  grid_not_found: 404,
  task_not_found: 404,
  room_not_found: 404,
  schedule_not_found: 404,
  schedule_read_only: 403,
  code_expired: 410,
  unknown_node: 401,
  node_id_mismatch: 401,
  too_many_streams: 429,
};

/** Statuses of what the wire refuses before the rules are asked; 401 for all others. */
const wireStatuses: Readonly<Record<string, number>> = {
  validation_error: 422,
  weak_key: 422,
  malformed_json: 400,
  duplicate_member: 400,
  too_deep: 400,
  bad_number: 400,
  bad_string: 400,
};

export function refusalProblem({ refused, detail, data }: Refusal): HttpProblem {
  const reason =
    refused === "task_terminal_for_messages"
      ? "task_terminal"
      : refused === "grid_not_found"
        ? "unknown_grid"
        : refused;
  const problem = new HttpProblem(statuses[refused] ?? 422, reason, detail, { fields: data });
  if (refused === "task_terminal_for_messages") {
    ofMessages.add(problem);
  }
  return refused === "too_many_streams" ? retryLater(reason, detail, 1_000) : problem;
}

/** Problems of messages: the one word that has two numbers. */
const ofMessages = new WeakSet<HttpProblem>();

export function wireProblem({ reason, message, data }: WireRefusal): HttpProblem {
  return new HttpProblem(wireStatuses[reason] ?? 401, reason, message, { fields: data });
}

/** 429, with the time after which it may be tried again. */
export function retryLater(reason: string, detail: string, retryAfterMs: number): HttpProblem {
  return new HttpProblem(429, reason, detail, {
    fields: { retryAfterMs: Math.ceil(retryAfterMs) },
    headers: { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) },
  });
}

/** A member that has not the form that the wire asks for. */
export function badMember(field: string, detail: string): HttpProblem {
  return new HttpProblem(422, "validation_error", `${field} ${detail}`, { fields: { field } });
}

/** Problems in JSON-RPC: their numbers, and which of them are told by the HTTP status too. */
export function rpcTelling({ rpcErrors }: GridWireProfile): {
  readonly codes: Readonly<Record<string, number>>;
  failure(problem: HttpProblem, made: RpcFailure | undefined): RpcFailure | undefined;
} {
  const codes: Record<string, number> = {};
  const later: Record<string, number> = {};
  for (const { code, reasons } of rpcErrors) {
    for (const reason of reasons) {
      (reason in codes ? later : codes)[reason] = code;
    }
  }
  const { internal = -32603, invalid_params: invalidParams = -32602, rate_limited: limited = -32029 } = codes;
  return {
    codes,
    failure(problem, made) {
      const { status, code, message, fields } = problem;
      if (status === 413 || status === 415) {
        return undefined;
      }
      if (code === "validation_error") {
        return { code: invalidParams, message, data: { reason: "invalid_params", ...fields } };
      }
      const data = { reason: code, ...fields };
      if (status >= 500) {
        return { code: internal, message, data, status };
      }
      if (status === 429) {
        return { code: codes[code] ?? limited, message, data, status };
      }
      const other = later[code];
      return made !== undefined && other !== undefined && ofMessages.has(problem)
        ? { ...made, code: other }
        : (made ?? { code: invalidParams, message, data });
    },
  };
}

// A refusal is a reply: what the rules answer when a command may not be carried out. Nothing has changed then.
import { isRefusal as isRefusalOf, type Refusal as RefusalOf } from "@x/core/service";

/** The gRPC status of a refusal, in words. */
export type RefusalCode =
  | "invalid_argument"
  | "not_found"
  | "permission_denied"
  | "already_exists"
  | "failed_precondition";

/** The stable reason of a refusal, as it travels in `google.rpc.ErrorInfo`. */
export type RefusalReason =
  | "FIELD_EMPTY"
  | "FIELD_TOO_LONG"
  | "TTL_OUT_OF_RANGE"
  | "LIMIT_OUT_OF_RANGE"
  | "EFFECT_UNSPECIFIED"
  | "RETRIES_OUT_OF_RANGE"
  | "AGENT_NOT_FOUND"
  | "AGENT_DEAD"
  | "LEASE_NOT_HELD"
  | "POLICY_NOT_FOUND"
  | "TASK_NOT_FOUND"
  | "LEASE_TOKEN_MISMATCH"
  | "TASK_NOT_YOURS"
  | "NAME_TAKEN"
  | "TASK_NOT_CLAIMED"
  | "ELECTION_NOT_FOUND"
  | "PAGE_TOKEN_INVALID"
  | "LOSSES_OUT_OF_RANGE"
  | "REQUEST_WITHDRAWN";

const codes: { readonly [Reason in RefusalReason]: RefusalCode } = {
  FIELD_EMPTY: "invalid_argument",
  FIELD_TOO_LONG: "invalid_argument",
  TTL_OUT_OF_RANGE: "invalid_argument",
  LIMIT_OUT_OF_RANGE: "invalid_argument",
  EFFECT_UNSPECIFIED: "invalid_argument",
  RETRIES_OUT_OF_RANGE: "invalid_argument",
  AGENT_NOT_FOUND: "not_found",
  AGENT_DEAD: "not_found",
  LEASE_NOT_HELD: "not_found",
  POLICY_NOT_FOUND: "not_found",
  TASK_NOT_FOUND: "not_found",
  LEASE_TOKEN_MISMATCH: "permission_denied",
  TASK_NOT_YOURS: "permission_denied",
  NAME_TAKEN: "already_exists",
  TASK_NOT_CLAIMED: "failed_precondition",
  ELECTION_NOT_FOUND: "not_found",
  PAGE_TOKEN_INVALID: "invalid_argument",
  LOSSES_OUT_OF_RANGE: "invalid_argument",
  REQUEST_WITHDRAWN: "failed_precondition",
};

/** Why a command was refused. */
export interface Refusal extends RefusalOf<RefusalReason> {
  readonly code: RefusalCode;
  readonly message: string;
  /** The offending field or id. */
  readonly metadata: Readonly<Record<string, string>>;
}

export function refuse(
  reason: RefusalReason,
  message: string,
  metadata: Readonly<Record<string, string>> = {},
): Refusal {
  return { refused: reason, code: codes[reason], message, metadata };
}

export const isRefusal: (reply: unknown) => reply is Refusal = isRefusalOf<Refusal>;

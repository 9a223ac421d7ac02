// A refusal is a reply: what the rules answer when a command may not be carried out. Nothing has changed then.
import { isRefusal as isRefusalOf } from "@x/core/service";

export type RefusalReason =
  | "unauthenticated"
  | "invalid_agent_id"
  | "bad_group"
  | "password_required"
  | "banned"
  | "registered"
  | "full"
  | "workspace_not_found"
  | "bad_token"
  | "join_without_network"
  | "invalid_name"
  | "not_in_network"
  | "session_revoked"
  | "channel_not_found"
  | "channel_exists"
  | "unknown_channel"
  | "join_forbidden"
  | "not_yours"
  | "bad_address"
  | "file_not_found";

export interface Refusal {
  readonly refused: RefusalReason;
  /** As the caller is told. */
  readonly detail: string;
}

export const isRefusal: (reply: unknown) => reply is Refusal = isRefusalOf<Refusal>;

export const refuse = (refused: RefusalReason, detail: string): Refusal => ({ refused, detail });

export const unauthenticated: Refusal = refuse(
  "unauthenticated",
  "Authentication failed: Invalid or missing secret",
);

// A refusal is a reply: what the rules answer when a command may not be carried out. Nothing has changed then.
import { isRefusal as isRefusalOf } from "@x/core/service";

/** Why a command was refused; the words are those of the wire, which has one `task_terminal` for both of ours. */
export type RefusalReason =
  | "node_exists"
  | "node_not_found"
  | "unknown_node"
  | "node_id_mismatch"
  | "already_claimed"
  | "unknown_code"
  | "code_expired"
  | "grid_not_found"
  | "invalid_params"
  | "self_task"
  | "bad_context"
  | "message_id_conflict"
  | "request_id_conflict"
  | "task_not_found"
  | "task_terminal"
  | "task_terminal_for_messages"
  | "sender_only"
  | "receiver_only"
  | "creator_only"
  | "not_invited"
  | "room_not_found"
  | "not_joined"
  | "room_closed"
  | "room_limit"
  | "no_shared_grid"
  | "cannot_kick_self"
  | "not_a_participant"
  | "schedule_kind"
  | "schedule_in_past"
  | "schedule_limit"
  | "bad_cron"
  | "never_fires"
  | "bad_timezone"
  | "schedule_read_only"
  | "unparsable_schedule"
  | "schedule_not_found"
  | "too_many_streams";

export interface Refusal {
  readonly refused: RefusalReason;
  readonly detail: string;
  /** What else the error says. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export const isRefusal: (reply: unknown) => reply is Refusal = isRefusalOf<Refusal>;

export const refuse = (
  refused: RefusalReason,
  detail: string,
  data?: Readonly<Record<string, unknown>>,
): Refusal => ({ refused, detail, ...(data === undefined ? {} : { data }) });

export const invalid = (field: string, detail: string): Refusal =>
  refuse("invalid_params", `${field} ${detail}`, { field });

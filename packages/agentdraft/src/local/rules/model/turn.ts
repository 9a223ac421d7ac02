// The types of the kernel, filled in for this service.
import type { Turn } from "@x/core/service";
import type { Command, Replies } from "./commands.ts";
import type { DraftRecord } from "./records.ts";
import type { Refusal } from "./refusal.ts";
import type { State } from "./state.ts";
import type { AuditEvent } from "./views.ts";

export interface DraftTypes {
  readonly State: State;
  readonly Command: Command;
  readonly Replies: Replies;
  readonly Refusal: Refusal;
  readonly Record: DraftRecord;
  readonly Event: AuditEvent;
}

export type DraftTurn = Turn<DraftTypes>;

// The types of the kernel, filled in for this service.
import type { Turn } from "@x/core/service";
import type { Command, Replies } from "./commands.ts";
import type { BinduEvent, BinduRecord } from "./records.ts";
import type { Refusal } from "./refusal.ts";
import type { State } from "./state.ts";

export interface BinduTypes {
  readonly State: State;
  readonly Command: Command;
  readonly Replies: Replies;
  readonly Refusal: Refusal;
  readonly Record: BinduRecord;
  readonly Event: BinduEvent;
}

export type BinduTurn = Turn<BinduTypes>;

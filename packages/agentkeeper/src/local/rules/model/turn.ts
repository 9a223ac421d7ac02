// The types of the kernel, filled in for this service.
import type { Turn } from "@x/core/service";
import type { Command, Replies } from "./commands.ts";
import type { KeeperRecord } from "./records.ts";
import type { Refusal } from "./refusal.ts";
import type { State } from "./state.ts";
import type { BusEvent } from "./views.ts";

export interface KeeperTypes {
  readonly State: State;
  readonly Command: Command;
  readonly Replies: Replies;
  readonly Refusal: Refusal;
  readonly Record: KeeperRecord;
  readonly Event: BusEvent;
}

export type KeeperTurn = Turn<KeeperTypes>;

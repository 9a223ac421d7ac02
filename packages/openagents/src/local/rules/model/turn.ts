// The types of the kernel, filled in for this service.
import type { Turn } from "@x/core/service";
import type { Command, Replies } from "./commands.ts";
import type { NetworkEvent, NetworkRecord } from "./records.ts";
import type { Refusal } from "./refusal.ts";
import type { State } from "./state.ts";

export interface NetworkTypes {
  readonly State: State;
  readonly Command: Command;
  readonly Replies: Replies;
  readonly Refusal: Refusal;
  readonly Record: NetworkRecord;
  readonly Event: NetworkEvent;
}

export type NetworkTurn = Turn<NetworkTypes>;

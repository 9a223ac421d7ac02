// Requests that were withdrawn: one that comes later than its own withdrawal is refused.
import type { Now } from "@x/core/service";
import { type Refusal, refuse } from "./model/refusal.ts";
import { recall, remember, withdrawalMemoryMs } from "./model/remembered.ts";
import type { State } from "./model/state.ts";

/** How many withdrawals are remembered, whatever their age. */
const withdrawalsRemembered = 100_000;

export function rememberWithdrawal(state: State, requestId: string, now: Now): void {
  remember(state.withdrawn, requestId, { id: requestId }, now, withdrawalMemoryMs, withdrawalsRemembered);
}

export function checkNotWithdrawn(state: State, requestId: string, now: Now): Refusal | undefined {
  return recall(state.withdrawn, requestId, now, withdrawalMemoryMs) === undefined
    ? undefined
    : requestWithdrawn(requestId);
}

export function requestWithdrawn(requestId: string): Refusal {
  return refuse("REQUEST_WITHDRAWN", `the request ${requestId} was withdrawn by its caller`, {
    request_id: requestId,
  });
}

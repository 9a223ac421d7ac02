// One submitted command on its way to an answer, and the ways in which its caller is told.
import { KernelError } from "./kernel-error.ts";
import type { Ticket } from "./machine.ts";

/**
 * A command on its way. `queued`: not decided. `deferred`: decided, its reply comes later. `answered`: has a reply
 * that is not durable yet. `settled`: its caller knows.
 */
export interface Call<Command, Reply> {
  readonly ticket: Ticket;
  readonly command: Command;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal | undefined;
  onAbort: (() => void) | undefined;
  phase: "queued" | "deferred" | "answered" | "settled";
  reply: Reply | undefined;
}

function settle<Command, Reply>(call: Call<Command, Reply>): void {
  call.phase = "settled";
  if (call.onAbort !== undefined) {
    call.signal?.removeEventListener("abort", call.onAbort);
  }
}

/** Gives an answered call its reply, unless its caller has gone meanwhile. */
export function fulfil<Command, Reply>(call: Call<Command, Reply>): void {
  if (call.phase === "answered") {
    settle(call);
    call.resolve(call.reply as Reply);
  }
}

/** Ends a call without a reply. */
export function refuse<Command, Reply>(call: Call<Command, Reply>, reason: unknown): void {
  if (call.phase !== "settled") {
    settle(call);
    call.reject(reason);
  }
}

export function storeUnavailable(cause: unknown): KernelError {
  return new KernelError(
    "store_unavailable",
    "the store cannot be written; nothing has changed, try again later",
    { cause },
  );
}

export function shuttingDown(): KernelError {
  return new KernelError("shutting_down", "the server is stopping; connect again later");
}

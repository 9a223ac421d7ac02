// One submitted command on its way to an answer, and the ways in which its caller is told.
import { KernelError } from "./kernel-error.ts";
import type { AnyReply, deferred, MachineTypes, Ticket, Turn } from "./machine.ts";

/**
 * A command on its way. `queued`: not decided. `deferred`: decided, its reply comes later. `answered`: has a reply
 * that is not durable yet. `settled`: its caller knows.
 */
export interface Call<Types extends MachineTypes> {
  readonly ticket: Ticket;
  /** Lets the rule of the command decide. */
  readonly decide: (state: Types["State"], turn: Turn<Types>) => AnyReply<Types> | typeof deferred;
  readonly resolve: (reply: AnyReply<Types>) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal | undefined;
  onAbort: (() => void) | undefined;
  phase: "queued" | "deferred" | "answered" | "settled";
  reply: AnyReply<Types> | undefined;
  /** Whether its reply stands on records of its turn: those that its rule has emitted, or that it had waited for. */
  emitted: boolean;
}

function settle<Types extends MachineTypes>(call: Call<Types>): void {
  call.phase = "settled";
  if (call.onAbort !== undefined) {
    call.signal?.removeEventListener("abort", call.onAbort);
  }
}

/** Gives an answered call its reply, unless its caller has gone meanwhile. */
export function fulfil<Types extends MachineTypes>(call: Call<Types>): void {
  if (call.phase === "answered") {
    settle(call);
    call.resolve(call.reply as AnyReply<Types>);
  }
}

/** Ends a call without a reply. */
export function refuse<Types extends MachineTypes>(call: Call<Types>, reason: unknown): void {
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

// Commands that wait for a turn: taken in up to a bound, and withdrawn by their callers' signals.
import { type Call, refuse } from "./call.ts";
import { KernelError } from "./kernel-error.ts";
import {
  type AnyReply,
  type CommandOf,
  type CommandType,
  decide,
  type Machine,
  type MachineTypes,
  type ReplyTo,
} from "./machine.ts";
import type { Job } from "./turn-maker.ts";

export interface CallQueueOptions<Types extends MachineTypes> {
  readonly machine: Machine<Types>;
  readonly maxQueued: number;
  /** Why no command is taken in at present, if that is so. */
  readonly refusal: () => KernelError | undefined;
  /** A caller has gone before it was answered; nothing else holds its call any more. */
  readonly onWithdrawn: (call: Call<Types>) => void;
  /** Something waits for a turn. */
  readonly onWaiting: () => void;
}

/** What waits, in the order in which it came. */
export interface CallQueue<Types extends MachineTypes> {
  readonly length: number;
  /**
   * Takes a command in; settles when the call that it has become is fulfilled or refused.
   *
   * @throws {KernelError} `overloaded`, and what `refusal` says
   * @throws the signal's reason once it is aborted
   */
  add<Type extends CommandType<Types>>(
    command: CommandOf<Types, Type>,
    signal: AbortSignal | undefined,
  ): Promise<ReplyTo<Types, Type>>;
  /** Hands over all that waits, for a turn. */
  take(): Job<Types>[];
}

export function createCallQueue<Types extends MachineTypes>(
  options: CallQueueOptions<Types>,
): CallQueue<Types> {
  const { machine, maxQueued, refusal, onWithdrawn, onWaiting } = options;
  let jobs: Job<Types>[] = [];
  let tickets = 0;

  const push = (job: Job<Types>): void => {
    jobs.push(job);
    onWaiting();
  };

  const withdraw = (call: Call<Types>, reason: unknown): void => {
    const isDecided = call.phase !== "queued";
    refuse(call, reason);
    onWithdrawn(call);
    if (isDecided) {
      push(call.ticket);
    }
  };

  const whyNot = (signal: AbortSignal | undefined): unknown => {
    const why = refusal();
    if (why !== undefined || signal?.aborted === true) {
      return why ?? signal?.reason;
    }
    return jobs.length < maxQueued
      ? undefined
      : new KernelError("overloaded", `more than ${maxQueued} commands wait; try again later`);
  };

  return {
    get length() {
      return jobs.length;
    },
    add(command, signal) {
      return new Promise((resolve, reject) => {
        const why = whyNot(signal);
        if (why !== undefined) {
          reject(why);
          return;
        }
        tickets += 1;
        const call: Call<Types> = {
          ticket: tickets,
          decide: (state, turn) => decide(machine, state, command, turn),
          // A deferred command is answered by its ticket, of which the compiler cannot tell the type.
          resolve: resolve as (reply: AnyReply<Types>) => void,
          reject,
          signal,
          onAbort: undefined,
          phase: "queued",
          reply: undefined,
          emitted: false,
        };
        if (signal !== undefined) {
          call.onAbort = () => withdraw(call, signal.reason);
          signal.addEventListener("abort", call.onAbort, { once: true });
        }
        push(call);
      });
    },
    take() {
      const taken = jobs;
      jobs = [];
      return taken;
    },
  };
}

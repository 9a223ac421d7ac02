// The rules at work: the kernel's runner, the chain that people page through, and who waits for its next event.
import {
  type Clock,
  type Journal,
  type JournalError,
  type Log,
  type Now,
  type Runner,
  startRunner,
} from "@x/core/service";
import { createMachine, genesis } from "../rules/machine.ts";
import type { Command, Replies, Reply } from "../rules/model/commands.ts";
import type { DraftRecord } from "../rules/model/records.ts";
import type { Refusal } from "../rules/model/refusal.ts";
import type { DraftSettings } from "../rules/model/rule-options.ts";
import type { State } from "../rules/model/state.ts";
import type { AuditEvent } from "../rules/model/views.ts";
import { type AuditLog, createAuditLog } from "./audit-log.ts";
import { newPrivateJwk } from "./signing.ts";

export interface ArbiterOptions {
  readonly settings: DraftSettings;
  readonly journal: Journal<DraftRecord>;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of every turn's events, once they are durable. */
  readonly onEvents: (events: readonly AuditEvent[]) => void;
  /** So many commits are decided together. */
  readonly onGroup: (size: number) => void;
  readonly onAppend: (turn: { readonly records: number; readonly appendMs: number }) => void;
}

export interface Arbiter {
  /**
   * Carries out a command. A client that goes away does not withdraw it.
   *
   * @throws {KernelError} when the store or the server cannot serve it
   */
  run<Type extends Command["type"]>(
    command: Extract<Command, { type: Type }>,
  ): Promise<Replies[Type] | Refusal>;
  /** Looks at the state of this moment. */
  peek<View>(view: (state: State, now: Now) => View): View;
  readonly audit: AuditLog;
  readonly clock: Clock;
  /** Resolves at the next event of a calendar, or when the signal aborts. */
  nextEvent(calendarId: string, signal: AbortSignal): Promise<void>;
  readonly healthy: boolean;
  /** See `Runner.damage`. */
  readonly damage: JournalError | undefined;
  /** Commands that wait for their turn. */
  readonly queued: number;
  /** Commits that have no answer yet: those that wait for the end of their arbitration window, above all. */
  readonly openCommits: number;
  close(): Promise<void>;
}

const isCommit = (command: Command): boolean => command.type === "createBooking" && command.mode === "commit";

export async function startArbiter(options: ArbiterOptions): Promise<Arbiter> {
  const { journal, log, onEvents } = options;
  const waiting = new Map<string, Set<() => void>>();
  let openCommits = 0;

  const endCommit = (): void => {
    openCommits -= 1;
  };
  const audit = createAuditLog(journal);

  const publish = (events: readonly AuditEvent[]): void => {
    audit.note(events);
    onEvents(events);
    if (waiting.size === 0) {
      return;
    }
    for (const { calendar_id: calendarId } of events) {
      const wakes = waiting.get(calendarId);
      waiting.delete(calendarId);
      for (const wake of wakes ?? []) {
        wake();
      }
    }
  };

  const runner: Runner<State, Command, Reply | Refusal> = await startRunner({
    machine: createMachine(options.settings, { onGroup: options.onGroup }),
    journal,
    genesis: () => genesis(newPrivateJwk()),
    publish,
    clock: options.clock,
    observer: {
      onAppend: options.onAppend,
      onPause: (byMs) =>
        log.warn({ byMs: Math.round(byMs) }, "the server was paused; open arbitrations moved by as much"),
      onFault: (error) => log.error({ err: error }, "fault in the store or in a rule"),
    },
  });

  return {
    run<Type extends Command["type"]>(
      command: Extract<Command, { type: Type }>,
    ): Promise<Replies[Type] | Refusal> {
      // The machine answers each command with the reply of its type, or a refusal.
      const answered = runner.submit(command) as Promise<Replies[Type] | Refusal>;
      if (isCommit(command)) {
        openCommits += 1;
        answered.then(endCommit, endCommit);
      }
      return answered;
    },
    peek: (view) => runner.peek(view),
    audit,
    clock: options.clock,
    nextEvent(calendarId, signal) {
      return new Promise((resolve) => {
        if (signal.aborted) {
          resolve();
          return;
        }
        const wakes = waiting.get(calendarId) ?? new Set();
        waiting.set(calendarId, wakes);
        const wake = (): void => {
          signal.removeEventListener("abort", wake);
          wakes.delete(wake);
          resolve();
        };
        wakes.add(wake);
        signal.addEventListener("abort", wake, { once: true });
      });
    },
    get healthy() {
      return runner.healthy;
    },
    get damage() {
      return runner.damage;
    },
    get queued() {
      return runner.queued;
    },
    get openCommits() {
      return openCommits;
    },
    close: () => runner.close(),
  };
}

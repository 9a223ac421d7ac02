// The rules at work: the kernel's engine, and the audit chain that people page through and wait for.
import {
  type CommandOf,
  type CommandType,
  type Engine as EngineOf,
  type Kernel,
  type ReplyTo,
  startEngine as start,
} from "@x/core/service";
import { createMachine, genesis } from "../rules/machine.ts";
import type { Command } from "../rules/model/commands.ts";
import type { DraftRecord } from "../rules/model/records.ts";
import type { DraftRules } from "../rules/model/rule-options.ts";
import type { DraftTypes } from "../rules/model/turn.ts";
import { type AuditLog, createAuditLog } from "./audit-log.ts";
import { newPrivateJwk } from "./signing.ts";

/** What the rules start with. */
export interface EngineOptions {
  readonly kernel: Kernel<DraftRecord>;
  readonly rules: DraftRules;
}

export interface Engine extends EngineOf<DraftTypes> {
  readonly audit: AuditLog;
  /** Commits that have no answer yet: those that wait for the end of their arbitration window, above all. */
  openCommits(): number;
  /** Tells from now on how many commits are decided together. */
  observeGroups(listener: (size: number) => void): void;
}

const isCommit = (command: Command): boolean => command.type === "createBooking" && command.mode === "commit";

/** @throws {JournalError} as the kernel's engine does */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { kernel, rules } = options;
  const groupListeners: ((size: number) => void)[] = [];
  const audit = createAuditLog(kernel.journal, kernel.clock);
  const engine = await start<DraftTypes>({
    ...kernel,
    machine: createMachine(rules, {
      onGroup(size) {
        for (const listener of groupListeners) {
          listener(size);
        }
      },
    }),
    genesis: () => genesis(newPrivateJwk()),
    feed: audit,
    // The chain is read from the journal.
    keepRestored: 0,
  });
  const { run } = engine;
  let openCommits = 0;
  const endCommit = (): void => {
    openCommits -= 1;
  };
  return Object.assign(engine, {
    audit,
    openCommits: () => openCommits,
    observeGroups(listener: (size: number) => void): void {
      groupListeners.push(listener);
    },
    run<Type extends CommandType<DraftTypes>>(
      command: CommandOf<DraftTypes, Type>,
      runOptions?: { readonly signal?: AbortSignal },
    ): Promise<ReplyTo<DraftTypes, Type>> {
      const answered = run(command, runOptions);
      if (isCommit(command)) {
        openCommits += 1;
        answered.then(endCommit, endCommit);
      }
      return answered;
    },
  });
}

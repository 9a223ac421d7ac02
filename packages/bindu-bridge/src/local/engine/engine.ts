// The rules at work: the kernel's engine, and who waits for what happens to a task.
import {
  type Engine as EngineOf,
  isRefusal,
  type Kernel,
  type ReplyTo,
  startEngine as start,
  type WaitOptions,
} from "@x/core/service";
import { createMachine, genesis } from "../rules/machine.ts";
import type { Replies, TurnRef } from "../rules/model/commands.ts";
import { isBusy } from "../rules/model/entities.ts";
import type { BinduRules } from "../rules/model/limits.ts";
import type { BinduRecord } from "../rules/model/records.ts";
import type { Refusal } from "../rules/model/refusal.ts";
import { type State, taskOf } from "../rules/model/state.ts";
import type { BinduTypes } from "../rules/model/turn.ts";
import { readEvents, readTurns } from "../rules/tasks/reading.ts";
import { createTaskChanges, type TaskRef } from "./changes.ts";

export interface Engine extends EngineOf<BinduTypes> {
  /** What handlers are to be given, of turns that are durable; `undefined` for a turn that runs no more. */
  readTurns(
    turns: readonly TurnRef[],
  ): ReplyTo<BinduTypes, "readTurns"> | Promise<ReplyTo<BinduTypes, "readTurns">>;
  /**
   * The task as it is, with its events behind a number; then again with what came since, until it is in no turn any more or
   * `withinMs` are over. Every look is durable.
   */
  follow(of: TaskRef, options?: FollowOptions): AsyncGenerator<Replies["readEvents"], void>;
}

export interface FollowOptions extends WaitOptions {
  /** The number of the newest event that is known. @default 0 */
  readonly after?: number;
  /** Whether it ends where the task is in no turn. @default where it is submitted or working no more */
  readonly isOver?: (look: Replies["readEvents"]) => boolean;
}

/** @throws {JournalError} as the kernel's engine does */
export async function startEngine(options: {
  readonly kernel: Kernel<BinduRecord>;
  readonly rules: Partial<BinduRules>;
}): Promise<Engine> {
  const { kernel, rules } = options;
  const changes = createTaskChanges(kernel.clock);
  const engine = await start<BinduTypes>({
    ...kernel,
    machine: createMachine(rules),
    genesis,
    feed: changes,
    // A record may carry megabytes of text, and a start reads them all.
    snapshotEveryRecords: 20_000,
  });

  /** A look between turns is durable at once; one in a turn waits for the disk whenever others write in it. */
  const read = <Reply>(
    look: (state: State) => Reply,
    inTurn: () => Promise<Reply>,
  ): Reply | Promise<Reply> => (engine.atRest ? engine.peek(look) : inTurn());

  async function* follow(
    of: TaskRef,
    options: FollowOptions = {},
  ): AsyncGenerator<Replies["readEvents"], void> {
    const { isOver = ({ task }) => !isBusy(task.state), withinMs, signal } = options;
    const untilMs = withinMs === undefined ? undefined : kernel.clock.now().mono + withinMs;
    for (let after = options.after ?? 0; ; ) {
      const command = { type: "readEvents", ...of, after } as const;
      const look = await read<ReplyTo<BinduTypes, "readEvents">>(
        (state) => readEvents(state, command),
        () => engine.run(command),
      );
      if (isRefusal<Refusal>(look)) {
        return;
      }
      yield look;
      after = look.task.lastN;
      const leftMs = untilMs === undefined ? undefined : untilMs - kernel.clock.now().mono;
      if (isOver(look) || (leftMs !== undefined && leftMs <= 0)) {
        return;
      }
      // What happened while the reader took its time; it may not be durable yet, but the next look will be.
      const isNew = engine.peek((state) => (taskOf(state, of)?.lastN ?? after) > after);
      if (!isNew && (await changes.wait(of, after, { signal, withinMs: leftMs })) === "ended") {
        return;
      }
    }
  }

  return Object.assign(engine, {
    follow,
    readTurns: (turns: readonly TurnRef[]) => {
      const command = { type: "readTurns", turns } as const;
      return read<ReplyTo<BinduTypes, "readTurns">>(
        (state) => readTurns(state, command),
        () => engine.run(command),
      );
    },
  });
}

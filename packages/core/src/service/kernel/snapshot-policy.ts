// When a runner takes snapshots, and what the journal may forget afterwards.
import type { Clock } from "../../clock.ts";
import type { Journal, JournalSnapshotInfo } from "../store/journal.ts";
import type { Machine, MachineTypes } from "./machine.ts";

export interface SnapshotPolicyOptions<Types extends MachineTypes> {
  readonly machine: Machine<Types>;
  readonly journal: Journal<Types["Record"]>;
  readonly clock: Clock;
  readonly epoch: number;
  readonly everyRecords: number;
  readonly replayableMarks: number;
  readonly onFault: (error: unknown) => void;
  readonly onSnapshot: (taken: SnapshotTaken) => void;
}

/** A snapshot that was written. */
export interface SnapshotTaken {
  /** It is the state after the record with this sequence. */
  readonly sequence: number;
  /** How long the copying of the state held up everything else, in milliseconds. */
  readonly copyMs: number;
  /** How long it took to encode and write it between the turns, in milliseconds. */
  readonly writeMs: number;
}

/** A state that is durable, and where in the journal it belongs. */
export interface DurableState<Types extends MachineTypes> {
  readonly state: Types["State"];
  readonly lastSequence: number;
  readonly lastWall: number;
}

export interface SnapshotPolicy<Types extends MachineTypes> {
  /** Takes a snapshot in the background, if one is due. Called between turns, with a state that is durable. */
  consider(durable: DurableState<Types>): void;
  /**
   * Ends the snapshot that is being written, and takes a last one if records came since; whatever is not through within
   * `withinMs` is given up.
   */
  finish(durable: DurableState<Types>, withinMs: number): Promise<void>;
  /** Gives up a snapshot that is being written. */
  stop(): Promise<void>;
}

/**
 * Snapshots that can go without leaving more than `everyRecords` records between their neighbours. The first and the
 * last always stay.
 */
export function crowded(
  snapshots: readonly JournalSnapshotInfo[],
  everyRecords: number,
): readonly JournalSnapshotInfo[] {
  const going: JournalSnapshotInfo[] = [];
  let before = snapshots[0];
  for (let index = 1; index < snapshots.length - 1; index += 1) {
    const snapshot = snapshots[index];
    const after = snapshots[index + 1];
    if (before === undefined || snapshot === undefined || after === undefined) {
      break;
    }
    if (after.sequence - before.sequence <= everyRecords) {
      going.push(snapshot);
    } else {
      before = snapshot;
    }
  }
  return going;
}

/** The newest snapshot from which the last `marks` marks can be replayed. */
export function replayStart(
  snapshots: readonly JournalSnapshotInfo[],
  currentMark: number,
  marks: number,
): JournalSnapshotInfo | undefined {
  return snapshots.findLast(({ mark }) => mark <= currentMark - marks);
}

/** What a start by itself writes: that it came, and how long it took. Not worth a snapshot of everything. */
const startRecords = 2;

export async function createSnapshotPolicy<Types extends MachineTypes>(
  options: SnapshotPolicyOptions<Types>,
): Promise<SnapshotPolicy<Types>> {
  const { machine, journal, clock, epoch, everyRecords, replayableMarks } = options;
  const enabled = everyRecords > 0 && journal.durable && machine.snapshot !== undefined;
  /** The record up to which there is a snapshot, or was an attempt at one. */
  let triedAt = (await journal.snapshots()).at(-1)?.sequence ?? 0;
  let takenAt = triedAt;
  let forgottenTo = 0;
  let working: Promise<void> | undefined;
  const stopping = new AbortController();

  const forget = async (mark: number): Promise<void> => {
    const start = replayStart(await journal.snapshots(), mark, replayableMarks);
    if (start !== undefined && start.sequence > forgottenTo) {
      await journal.truncate(epoch, start.sequence);
      forgottenTo = start.sequence;
    }
    for (const { sequence } of crowded(await journal.snapshots(), everyRecords)) {
      await journal.dropSnapshot(epoch, sequence);
    }
  };

  const take = async ({ state, lastSequence, lastWall }: DurableState<Types>): Promise<void> => {
    triedAt = lastSequence;
    try {
      const startedAt = clock.now().mono;
      const copy = machine.snapshot?.(state);
      const copiedAt = clock.now().mono;
      const mark = machine.mark?.(state) ?? lastSequence;
      const snapshot = { sequence: lastSequence, wall: lastWall, mark, state: copy };
      await journal.snapshot(epoch, snapshot, stopping.signal);
      takenAt = lastSequence;
      await forget(mark);
      options.onSnapshot({
        sequence: lastSequence,
        copyMs: copiedAt - startedAt,
        writeMs: clock.now().mono - copiedAt,
      });
    } catch (error) {
      // The records are all there, so nothing is lost; the next attempt comes when the next one is due.
      if (!stopping.signal.aborted) {
        options.onFault(error);
      }
    }
  };

  const isDue = ({ state, lastSequence }: DurableState<Types>): boolean => {
    const records = lastSequence - triedAt;
    return records >= everyRecords && records >= (machine.size?.(state) ?? 0);
  };

  return {
    consider(durable: DurableState<Types>): void {
      if (enabled && working === undefined && isDue(durable)) {
        working = take(durable).finally(() => {
          working = undefined;
        });
      }
    },
    async finish(durable: DurableState<Types>, withinMs: number): Promise<void> {
      const timer = clock.setTimer(withinMs, () => stopping.abort());
      try {
        await working;
        if (enabled && durable.lastSequence > takenAt + startRecords && !stopping.signal.aborted) {
          await take(durable);
        }
      } finally {
        timer.cancel();
      }
    },
    async stop(): Promise<void> {
      stopping.abort();
      await working;
    },
  };
}

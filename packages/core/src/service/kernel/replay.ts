// From the journal back to the state: a snapshot, then every record after it, in order.
import type { Now } from "../../clock.ts";
import { type Journal, JournalError, type JournalSnapshotInfo } from "../store/journal.ts";
import type { Machine, MachineTypes } from "./machine.ts";

/** A state rebuilt from its journal. */
export interface Replayed<Types extends MachineTypes> {
  readonly state: Types["State"];
  readonly lastSequence: number;
  /** The wall time of the newest record. */
  readonly lastWall: number;
}

/** How a state is rebuilt. */
export interface ReplayOptions<Types extends MachineTypes> {
  /** The sequence of the snapshot to begin with; 0 begins with an empty state. `newest` is the shortest way. */
  readonly from: number | "newest";
  /** The present time in monotonic milliseconds, from which deadlines count. */
  readonly mono: number;
  /** Receives what `apply` answered, in order. */
  readonly onEvent?: (event: Types["Event"]) => void;
}

/**
 * Rebuilds the state.
 *
 * @throws {JournalError} `damaged` when a sequence is missing, or a snapshot that this service cannot read is there
 */
export async function replay<Types extends MachineTypes>(
  machine: Machine<Types>,
  journal: Journal<Types["Record"]>,
  options: ReplayOptions<Types>,
): Promise<Replayed<Types>> {
  const { mono, onEvent } = options;
  const snapshots = await journal.snapshots();
  const start =
    options.from === "newest"
      ? snapshots.at(-1)
      : snapshots.find(({ sequence }) => sequence === options.from);
  const state = start === undefined ? machine.create() : await restored(machine, journal, start, mono);
  let lastSequence = start?.sequence ?? 0;
  let lastWall = start?.wall ?? 0;
  for await (const entry of journal.read(lastSequence)) {
    if (entry.sequence !== lastSequence + 1) {
      throw new JournalError(
        "damaged",
        `record ${lastSequence + 1} is missing; found ${entry.sequence} next`,
      );
    }
    const event = machine.apply(state, entry.record, { mono, wall: entry.wall });
    if (event !== undefined) {
      onEvent?.(event);
    }
    lastSequence = entry.sequence;
    lastWall = entry.wall;
  }
  return { state, lastSequence, lastWall };
}

async function restored<Types extends MachineTypes>(
  machine: Machine<Types>,
  journal: Journal<Types["Record"]>,
  snapshot: JournalSnapshotInfo,
  mono: number,
): Promise<Types["State"]> {
  if (machine.restore === undefined) {
    throw new JournalError("damaged", "the store holds a snapshot, and this service does not read any");
  }
  const now: Now = { mono, wall: snapshot.wall };
  return machine.restore(await journal.readSnapshot(snapshot.sequence), now);
}

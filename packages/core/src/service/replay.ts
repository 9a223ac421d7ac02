// From the journal back to the state: the newest snapshot, then every record after it, in order.
import { type Journal, JournalError, type OpenedJournal } from "./journal.ts";
import type { Machine } from "./machine.ts";

/** A state rebuilt from its journal. */
export interface Replayed<State> {
  readonly state: State;
  readonly lastSequence: number;
  /** The newest wall time found; timestamps never fall below it. */
  readonly lastWall: number;
}

/**
 * Rebuilds the state. Deadlines count from `mono`, the present time.
 *
 * @throws {JournalError} `damaged` when a sequence is missing
 */
export async function replay<State, Command, Record, Reply, Event>(
  machine: Machine<State, Command, Record, Reply, Event>,
  journal: Journal<Record>,
  opened: Pick<OpenedJournal, "snapshot">,
  mono: number,
): Promise<Replayed<State>> {
  const { snapshot } = opened;
  let state: State;
  if (snapshot === undefined) {
    state = machine.create();
  } else if (machine.restore === undefined) {
    throw new JournalError("damaged", "the store holds a snapshot, and this service does not read any");
  } else {
    state = machine.restore(snapshot.state);
  }
  let lastSequence = snapshot?.sequence ?? 0;
  let lastWall = snapshot?.wall ?? 0;
  for await (const entry of journal.read(lastSequence)) {
    if (entry.sequence !== lastSequence + 1) {
      throw new JournalError(
        "damaged",
        `record ${lastSequence + 1} is missing; found ${entry.sequence} next`,
      );
    }
    machine.apply(state, entry.record, { mono, wall: entry.wall });
    lastSequence = entry.sequence;
    lastWall = Math.max(lastWall, entry.wall);
  }
  return { state, lastSequence, lastWall };
}

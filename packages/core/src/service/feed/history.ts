// A stream of the journal from somewhere on, in pages.
import { setImmediate } from "node:timers/promises";
import type { Journal, JournaledRecord } from "../store/journal.ts";

/** How many records are read at a time. */
const pageSize = 250;
/** How many the readers of one journal together read in a turn of the event loop: some milliseconds, from a disk. */
const recordsPerTurn = 500;

/** What may still be read before the next turn, and its begin once that is nothing. */
interface Turn {
  left: number;
  next: Promise<void> | undefined;
}

const turns = new WeakMap<object, Turn>();

/** A long history must not hold up everybody else, and many readers of long ones no more than one. */
async function waitForTurn(journal: object): Promise<void> {
  const turn = turns.get(journal) ?? { left: recordsPerTurn, next: undefined };
  turns.set(journal, turn);
  while (turn.left <= 0) {
    turn.next ??= setImmediate().then(() => {
      turn.left = recordsPerTurn;
      turn.next = undefined;
    });
    await turn.next;
  }
  turn.left -= pageSize;
}

/** The records of a stream after a sequence of the journal, oldest first, a page at a time. */
export async function* readHistory<Record>(
  journal: Pick<Journal<Record>, "history">,
  stream: string,
  after = 0,
): AsyncGenerator<readonly JournaledRecord<Record>[]> {
  for (let from = after; ; ) {
    await waitForTurn(journal);
    const page = await journal.history(stream, { after: from, limit: pageSize });
    const last = page.at(-1);
    if (last !== undefined) {
      yield page;
      from = last.sequence;
    }
    if (page.length < pageSize) {
      return;
    }
  }
}

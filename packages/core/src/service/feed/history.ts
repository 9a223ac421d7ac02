// A stream of the journal from somewhere on, in pages.
import { setImmediate } from "node:timers/promises";
import type { Journal, JournaledRecord } from "../store/journal.ts";

/** How many records are read at a time. */
const pageSize = 500;

/** The records of a stream after a sequence of the journal, oldest first, a page at a time. */
export async function* readHistory<Record>(
  journal: Pick<Journal<Record>, "history">,
  stream: string,
  after = 0,
): AsyncGenerator<readonly JournaledRecord<Record>[]> {
  for (let from = after; ; ) {
    const page = await journal.history(stream, { after: from, limit: pageSize });
    const last = page.at(-1);
    if (last !== undefined) {
      yield page;
      from = last.sequence;
    }
    if (page.length < pageSize) {
      return;
    }
    // A long history must not hold up everybody else.
    await setImmediate();
  }
}

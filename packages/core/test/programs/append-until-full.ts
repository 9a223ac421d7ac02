// Appends to a store until that fails for good, tells what happened, and closes the store or is killed.
import { writeSync } from "node:fs";
import { JournalError } from "../../src/service/store/journal.ts";
import { createSqliteJournal } from "../../src/service/store/sqlite/journal.ts";

const [directory = "", end = "kill"] = process.argv.slice(2);
const journal = createSqliteJournal<string>({
  product: "texts",
  directory,
  codec: { encode: (record) => record, decode: (stored) => String(stored) },
});
const { epoch, lastSequence } = await journal.open();

/** A turn of several records, so that a part of it could be left behind. */
function append(first: number): void {
  journal.append(
    epoch,
    [first, first + 1, first + 2].map((index) => ({
      record: `record ${index} ${"x".repeat(3_000)}`,
      wall: index,
      streams: [],
    })),
  );
}

let appended = lastSequence;
const failures: { readonly code: string; readonly appended: number }[] = [];
for (let failuresInARow = 0; failuresInARow < 3; ) {
  try {
    append(appended + 1);
    appended += 3;
    failuresInARow = 0;
  } catch (error) {
    failuresInARow += 1;
    failures.push({ code: error instanceof JournalError ? error.code : String(error), appended });
  }
}
let readable = 0;
for await (const _record of journal.read(0)) {
  readable += 1;
}
writeSync(1, JSON.stringify({ failures, appended, readable }));
if (end === "kill") {
  process.kill(process.pid, "SIGKILL");
}
await journal.close();

// A ledger on disk under a burst of commands, until it is killed. Prints the number of each command once it is
// acknowledged; a number is the amount, so that the book of the ledger tells what happened to each.
import { writeSync } from "node:fs";
import { startRunner } from "../../src/service/kernel/runner.ts";
import { createSqliteJournal } from "../../src/service/store/sqlite/journal.ts";
import { ledger } from "../service/ledger.ts";
import { ledgerCodec } from "../service/ledger-codec.ts";

const [directory = "", first = "1"] = process.argv.slice(2);
const runner = await startRunner({
  machine: ledger,
  journal: createSqliteJournal({ directory, product: "ledger", codec: ledgerCodec }),
  genesis: () => ({ type: "created" as const }),
  publish: () => undefined,
  snapshotEveryRecords: 60,
  replayableMarks: 100,
});

let next = Number(first);
async function caller(): Promise<never> {
  for (;;) {
    const by = next;
    next += 1;
    await runner.run({ type: by % 3 === 0 ? "move" : "add", by });
    writeSync(1, `${by}\n`);
  }
}
await Promise.all(Array.from({ length: 32 }, caller));

// Appends numbered texts to a journal in a directory until it is killed, and says each that is durable. Not as fast as it can:
// whoever reads the store must come to an end on a slow machine too.
import { setTimeout as rest } from "node:timers/promises";
import { createSqliteJournal } from "../../src/service/index.ts";

const [directory = "", fsync = "never"] = process.argv.slice(2);
const journal = createSqliteJournal<string>({
  directory,
  product: "texts",
  codec: { encode: (record) => record, decode: (stored) => String(stored) },
  fsync: fsync === "always" ? "always" : "never",
});
// The test that reads it has gone.
process.stdout.on("error", () => process.exit());
const { epoch, lastSequence } = await journal.open();
for (let next = lastSequence + 1; ; next += 1) {
  await journal.append(epoch, [
    { record: `record ${next} ${"x".repeat((next * 37) % 3_000)}`, wall: next, streams: ["all"] },
  ]);
  process.stdout.write(`${next}\n`);
  await rest(1);
}

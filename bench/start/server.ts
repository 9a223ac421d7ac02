// Starts a service with next to no rules on a store, and says when it was ready, counted from the start of the process, and
// what memory it had taken then.
import { createSqliteJournal, jsonCodec, startRunner } from "@x/core/service";
import { type CounterTypes, type CountRecord, counter, product } from "./counter.ts";

const [directory = "", verify = ""] = process.argv.slice(2);
const runner = await startRunner<CounterTypes>({
  machine: counter,
  journal: createSqliteJournal<CountRecord>({
    directory,
    product,
    codec: jsonCodec<CountRecord>(),
    verify: verify === "verify",
  }),
  genesis: () => ({ type: "restarted" }),
  publish: () => undefined,
});
const readyMs = performance.now();
const { rss } = process.memoryUsage();
await runner.close();
console.log(JSON.stringify({ readyMs, rssMib: rss / 1_048_576 }));

// Histories of AgentKeeper under faults. `ROUNDS=100` for the long run, `SEED=n` for the choices of an earlier one, `DAEMON=file`
// for another executable: a daemon with a fault in it shows whether the fault is seen.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkerFor, type Histories, runHistories } from "../../shared/histories/run.ts";
import type { Counts } from "../../shared/suite.ts";
import { readAfterwards } from "./event-log.ts";
import { killRounds, stopsAndCuts } from "./faults.ts";
import { createFencedStore, type Write } from "./fenced-store.ts";
import type { Step } from "./load/step.ts";
import { plants, tokenPlants } from "./plants.ts";
import { putStoreBack } from "./put-back.ts";
import type { CallLine, EventLine, FinalState } from "./recording.ts";
import { storePlants } from "./store-plants.ts";

const here: string = import.meta.dirname;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const rounds = Number(process.env.ROUNDS ?? 10);

const histories: Histories<Step, Write, boolean, CallLine, EventLine, FinalState> = {
  name: "agentkeeper",
  checker: join(here, "checker"),
  service: {
    executable: {
      file:
        process.env.DAEMON ??
        fileURLToPath(new URL("dist/bin/agentkeeper.js", import.meta.resolve("@x/agentkeeper/package.json"))),
      args: (port, dataDir) => [
        `--addr=127.0.0.1:${port}`,
        "--metrics-addr=off",
        "--log-level=error",
        ...(dataDir === undefined ? [] : [`--data-dir=${dataDir}`, "--event-retention=100000000"]),
      ],
      env: { X_AGENTKEEPER_STOP_ON_STDIN_EOF: "1" },
    },
    loadFile: join(here, "load", "process.ts"),
    watcherFile: join(here, "watcher.ts"),
    share: createFencedStore,
    readAfterwards,
  },
  seed,
  recordings: [
    {
      name: "stops",
      title: "in memory: stops, cuts, vanishing",
      durable: false,
      faults: stopsAndCuts,
    },
    {
      name: "kills",
      title: `on disk: ${rounds} rounds of kill -9`,
      durable: true,
      faults: (session, done) => killRounds(session, done, { seed, rounds }),
      afterwards: ({ daemon }, folder) => putStoreBack(daemon, folder),
    },
  ],
  partitioned: ["leases", "elections", "tasks"],
  plants: [
    // The short recording first.
    { in: ["stops", "kills"], faults: plants },
    // Once more where the daemon was restarted: a counter that starts anew is just this.
    { in: ["kills"], faults: tokenPlants },
    // Where its store and its clock were tampered with.
    { in: ["kills"], faults: storePlants },
  ],
};

export function prepare(): void {
  checkerFor(histories).build();
}

export function run(): Promise<Counts> {
  console.log(`histories: seed ${seed}, ${rounds} rounds of kill -9`);
  return runHistories(histories);
}

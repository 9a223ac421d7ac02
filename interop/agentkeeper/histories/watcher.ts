// A live watcher of all events: writes down each one as it comes. It ends when told to, or with its driver.
import { openSync, writeSync } from "node:fs";
import { AgentKeeperClient } from "@x/agentkeeper";
import type { WatcherSettings } from "../../shared/histories/watchers.ts";
import { eventLine } from "./event-line.ts";

const { port, file }: WatcherSettings = JSON.parse(process.argv[2] ?? "");
const descriptor = openSync(file, "a");
const client = new AgentKeeperClient({ host: "127.0.0.1", port });
const subscription = client.watch(
  [],
  (event) => {
    writeSync(descriptor, `${JSON.stringify(eventLine(event))}\n`);
  },
  // Back at once after each restart.
  { backoff: { baseMs: 20, capMs: 100 } },
);

process.on("message", async () => {
  await client.close();
  process.exit(0);
});
process.on("disconnect", () => process.exit(1));

await subscription.ready;
process.send?.({ type: "ready" });

// After the load: the store is put back from a copy that was made under it. Whoever has seen more has to be told, and no token may
// come again.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentKeeperClient } from "@x/agentkeeper";
import { waitUntil } from "@x/core/testing";
import type { Daemon } from "../../shared/histories/daemon.ts";
import type { Afterwards } from "../../shared/histories/planted.ts";
import { putBack } from "../../shared/histories/store-faults.ts";

const tokensAfterwards = 5;
/** How long a watcher may take to hear of it. */
const toldWithinMs = 20_000;

/** Writes `afterwards.json`. */
export async function putStoreBack(daemon: Daemon, folder: string): Promise<void> {
  await daemon.start();
  await using watching = new AgentKeeperClient({ host: "127.0.0.1", port: daemon.port });
  let gapTold = false;
  const watch = watching.watch([], () => {}, {
    backoff: { baseMs: 20, capMs: 100 },
    onResync: () => {
      gapTold = true;
    },
  });
  await watch.ready;
  await daemon.kill();
  putBack(daemon);
  await daemon.start();

  const tokens: string[] = [];
  await using client = new AgentKeeperClient({ host: "127.0.0.1", port: daemon.port, timeoutMs: 30_000 });
  const { agentId } = await client.register({ name: "afterwards", description: "", version: "1" });
  for (let index = 0; index < tokensAfterwards; index += 1) {
    const held = await client.acquireLease(`afterwards-${index}`, agentId);
    tokens.push(String(held?.lease.token ?? 0));
  }
  await waitUntil(() => gapTold, { withinMs: toldWithinMs }).catch(() => undefined);
  await daemon.stop();
  const afterwards: Afterwards = { gapTold, tokens };
  writeFileSync(join(folder, "afterwards.json"), JSON.stringify(afterwards));
}

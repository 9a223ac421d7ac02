// What a signed call costs the client: tasks sent with ours and with a minimal one in Python, on one server.

import { join } from "node:path";
import { compareClients } from "../shared/clients.ts";
import { preparePython } from "../shared/python.ts";
import { agentOf, newSeeds, register } from "./agents.ts";
import { startGrid } from "./server.ts";

const here = import.meta.dirname;
const calls = 2_000;

export async function measureClients(): Promise<void> {
  await using server = await startGrid();
  await compareClients({
    what: "sendTask",
    ours: join(here, "client-load.ts"),
    peer: {
      name: "a minimal Python client (cryptography, httpx)",
      python: preparePython("grid", ["cryptography==45.0.7", "httpx==0.28.1"]),
      program: join(here, "client-load.py"),
    },
    async args() {
      const [from, to] = newSeeds(2).map(agentOf);
      if (from === undefined || to === undefined) {
        throw new Error("two agents");
      }
      await register(server.url, [from, to]);
      return [server.url, from.seed, to.nodeId, calls];
    },
  });
}

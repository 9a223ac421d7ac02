// What a send costs the client: ours and the official one, on our server.

import { join } from "node:path";
import { compareClients } from "../shared/clients.ts";
import { officialPython, startOpenAgents } from "./server.ts";

const here = import.meta.dirname;
const calls = 2_000;

export async function measureClients(): Promise<void> {
  await using server = await startOpenAgents();
  await compareClients({
    what: "sendAgentMessage",
    ours: join(here, "client-load.ts"),
    peer: {
      name: "the official client",
      python: officialPython(),
      program: join(here, "client-load.py"),
    },
    atMost: 0.3,
    args: () => Promise.resolve([server.url, calls]),
  });
}

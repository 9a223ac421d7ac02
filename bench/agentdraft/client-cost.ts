// What a call costs the client: commit and cancel in turn with ours and with the official Python client, on one server.

import { join } from "node:path";
import { compareClients } from "../shared/clients.ts";
import { preparePython } from "../shared/python.ts";
import { createAgents, startDraft } from "./calendar.ts";

const here = import.meta.dirname;
const calls = 2_000;

export async function measureClients(): Promise<void> {
  await using server = await startDraft(["--arbitration-ms=0"]);
  await compareClients({
    what: "commit and cancel",
    ours: join(here, "client-load.ts"),
    peer: {
      name: "the official Python client",
      python: preparePython("agentdraft", ["agentdraft==0.1.3"]),
      program: join(here, "client-load.py"),
    },
    async args() {
      // A calendar of its own each time: cancelled bookings leave their slots free, but their history grows.
      const [agent] = await createAgents(server.url, 1);
      return [server.url, agent?.apiKey ?? "", calls];
    },
  });
}

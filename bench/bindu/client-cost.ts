// What a call of an agent process costs: our `GrpcAgentClient` and the official one, on the same handler.

import { join } from "node:path";
import { compareClients } from "../shared/clients.ts";
import { officialPrograms } from "./python.ts";
import { anyUrl, startCoreProcess, startHandler } from "./server.ts";

const here = import.meta.dirname;
const calls = 2_000;

export async function measureClients(): Promise<void> {
  await using core = await startCoreProcess();
  await using handler = await startHandler({ core: core.address, kind: "echo", urls: [anyUrl] });
  const programs = officialPrograms();
  await compareClients({
    what: "a call of an agent",
    ours: join(here, "client-load.ts"),
    peer: {
      name: "the official GrpcAgentClient",
      python: programs && join(programs, "python"),
      program: join(here, "client-load.py"),
    },
    args: () => Promise.resolve([handler.callback, calls]),
    isJudgedByTime: true,
  });
}

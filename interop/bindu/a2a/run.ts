// A2A by others: the official clients before our agents, the official servers before our client, a prover and a verifier.
import { join } from "node:path";
import { preparePython, runPytest } from "../../shared/pytest.ts";
import { type Counts, sumOf } from "../../shared/suite.ts";
import { startAgent } from "./handler.ts";
import { callByJsClient } from "./js-client.ts";
import { prepareJsSdk } from "./js-sdk.ts";
import { startJsServer } from "./js-server.ts";
import { callByOurClient } from "./our-client.ts";
import { startPyServer } from "./py-server.ts";

const here: string = import.meta.dirname;
const python = { name: "bindu-a2a", requirements: join(here, "requirements.txt"), minor: 10 };

export function prepare(): string {
  prepareJsSdk();
  return preparePython(python);
}

export async function run(): Promise<Counts> {
  const programs = prepare();
  await using agent = await startAgent();
  await using js = await startJsServer();
  await using py = await startPyServer(programs);
  return sumOf([
    await callByJsClient(agent.agentUrl.replace(/\/$/, "")),
    await callByOurClient("the JavaScript SDK", js.url),
    await callByOurClient("the Python SDK", py.url),
    runPytest({ ...python, folders: [join(here, "tests")] }),
  ]);
}

// A2A by others: the official clients before our agents, the official servers before our client, a prover and a verifier.
import { join } from "node:path";
import { preparePython, runPytest } from "../../shared/pytest.ts";
import { type Counts, sumOf } from "../../shared/suite.ts";
import { startAgent } from "./handler.ts";
import { callByJsClient } from "./js-client.ts";
import { prepareJsSdk } from "./js-sdk.ts";

const here: string = import.meta.dirname;
const python = { name: "bindu-a2a", requirements: join(here, "requirements.txt"), minor: 10 };

export function prepare(): string {
  prepareJsSdk();
  return preparePython(python);
}

export async function run(): Promise<Counts> {
  prepare();
  await using agent = await startAgent();
  const url = agent.agentUrl.replace(/\/$/, "");
  return sumOf([await callByJsClient(url), runPytest({ ...python, folders: [join(here, "tests")] })]);
}

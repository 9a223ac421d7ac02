// The official MCP server, a user of the official Python client, against our server.
import { join } from "node:path";
import { type PythonSuite, preparePython, runPytest } from "../../shared/pytest.ts";
import type { Counts } from "../../shared/suite.ts";

const here: string = import.meta.dirname;
const suite: PythonSuite = {
  name: "agentdraft-mcp",
  requirements: join(here, "requirements.txt"),
  folders: [join(here, "tests")],
};

export function prepare(): void {
  preparePython(suite);
}

export async function run(): Promise<Counts> {
  return runPytest(suite);
}

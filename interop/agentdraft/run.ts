// The official Python packages against our server: the oldest client and the newest, and the MCP server over it; and the
// OpenAPI document.
import { join } from "node:path";
import { type Counts, runPytest } from "../shared/pytest.ts";
import { checkOpenApi } from "./openapi.ts";

export const name = "agentdraft";

const here: string = import.meta.dirname;
const suites = [
  { name: "agentdraft-0.1.0", file: "requirements-0.1.0.txt", folders: ["tests"] },
  { name: "agentdraft-0.1.3", file: "requirements-0.1.3.txt", folders: ["tests", "tests-people"] },
  { name: "agentdraft-mcp", file: "requirements-mcp.txt", folders: ["tests-mcp"] },
];

export async function run(): Promise<Counts> {
  let [passed, failed] = [0, 0];
  for (const suite of suites) {
    const counts = runPytest({
      name: suite.name,
      requirements: join(here, suite.file),
      folders: suite.folders.map((folder) => join(here, folder)),
    });
    passed += counts.passed;
    failed += counts.failed;
  }
  const openApi = await checkOpenApi();
  return { passed: passed + openApi.passed, failed: failed + openApi.failed };
}

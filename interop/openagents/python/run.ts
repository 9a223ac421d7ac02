// The official Python clients of networks (HTTP and gRPC) and of workspaces against our server, also killed and started again.
import { join } from "node:path";
import { preparePython, runPytest } from "../../shared/pytest.ts";
import type { Counts } from "../../shared/suite.ts";
import { official } from "../official.ts";

export const prepare = (): void => void preparePython(official);

export async function run(): Promise<Counts> {
  return runPytest({ ...official, folders: [join(import.meta.dirname, "tests")] });
}

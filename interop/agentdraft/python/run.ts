// The official Python client against our server: the oldest and the newest.
import { join } from "node:path";
import { type PythonSuite, preparePython, runPytest } from "../../shared/pytest.ts";
import { type Counts, sumOf } from "../../shared/suite.ts";

const here: string = import.meta.dirname;
const versions = { "0.1.0": ["tests"], "0.1.3": ["tests", "tests-people"] };
const suites: readonly PythonSuite[] = Object.entries(versions).map(([version, folders]) => ({
  name: `agentdraft-python-${version}`,
  requirements: join(here, `requirements-${version}.txt`),
  folders: folders.map((folder) => join(here, folder)),
}));

export function prepare(): void {
  suites.forEach(preparePython);
}

export async function run(): Promise<Counts> {
  return sumOf(suites.map(runPytest));
}

// A reference client in Python, written from the public documentation alone, against our server; and our client's requests,
// recorded on the way, as that Python sees them.
import { join } from "node:path";
import { type PythonSuite, preparePython, runPytest } from "../../shared/pytest.ts";
import type { Counts } from "../../shared/suite.ts";

const here: string = import.meta.dirname;
const suite: PythonSuite = {
  name: "grid-python",
  requirements: join(here, "requirements.txt"),
  folders: [join(here, "tests")],
};

export function prepare(): void {
  preparePython(suite);
}

export async function run(): Promise<Counts> {
  return runPytest(suite);
}

// The official package: its core above our agents, its client before our handlers, its stubs before our core.
import { join } from "node:path";
import { preparePython, runPytest } from "../../shared/pytest.ts";
import { type Counts, sumOf } from "../../shared/suite.ts";
import { runExample } from "./example.ts";
import { callOfficialCore } from "./official-core.ts";

const here: string = import.meta.dirname;
const python = { name: "bindu-python", requirements: join(here, "requirements.txt"), minor: 12 };

export function prepare(): string {
  return preparePython(python);
}

export async function run(): Promise<Counts> {
  const executable = join(prepare(), "bindu");
  return sumOf([
    ...(await Promise.all([callOfficialCore(executable), runExample(executable)])),
    runPytest({ ...python, folders: [join(here, "tests")] }),
  ]);
}

// The official Python client against our daemon.
import { join } from "node:path";
import { type Counts, runPytest } from "../shared/pytest.ts";

export const name = "python";

const here: string = import.meta.dirname;

export async function run(): Promise<Counts> {
  return runPytest({
    name,
    requirements: join(here, "requirements.txt"),
    folders: [join(here, "tests")],
  });
}

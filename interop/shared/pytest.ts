// Python suites: a virtual environment with pinned packages, and pytest in it.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Counts, workFolder } from "./suite.ts";

export interface PythonSuite {
  /** Names the environment, which is kept in an ignored folder. */
  readonly name: string;
  /** The file with the pinned packages. */
  readonly requirements: string;
  /** The oldest Python 3 that its packages run on, by its second number. @default any */
  readonly minor?: number;
  readonly folders: readonly string[];
}

/** What was installed last; pip takes seconds to find that nothing is to be done. */
const installed = "installed.txt";

/** The folder of programs of an environment, which is made once and again whenever its packages change. */
export function preparePython({ name, requirements, minor = 0 }: Omit<PythonSuite, "folders">): string {
  const folder = environmentOf(name);
  const programs = join(folder, "venv", "bin");
  const wanted = readFileSync(requirements, "utf8");
  const note = join(folder, installed);
  if (!existsSync(join(programs, "python"))) {
    mkdirSync(folder, { recursive: true });
    execFileSync(findPython(minor), ["-m", "venv", join(folder, "venv")], { stdio: "inherit" });
  }
  if (!existsSync(note) || readFileSync(note, "utf8") !== wanted) {
    // Compiling all modules is a third of the work, and few of them are imported.
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"];
    execFileSync(join(programs, "python"), [...pip, "-r", requirements], { stdio: "inherit" });
    writeFileSync(note, wanted);
  }
  return programs;
}

/** A Python that is new enough: `python3`, one whose name says so, or one that pyenv keeps, whether it is on the PATH or not. */
function findPython(minor: number): string {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
  const candidates = [
    "python3",
    ...[14, 13, 12].map((each) => `python3.${each}`),
    ...(existsSync(versions) ? readdirSync(versions).sort() : []).map((version) =>
      join(versions, version, "bin", "python3"),
    ),
  ];
  const found = candidates.find(
    (command) =>
      spawnSync(command, ["-c", `import sys; sys.exit(sys.version_info < (3, ${minor}))`]).status === 0,
  );
  if (found === undefined) {
    throw new Error(`no Python 3.${minor} or newer is here`);
  }
  return found;
}

function environmentOf(name: string): string {
  return workFolder(`interop-${name}`);
}

/** A suite whose packages and tests lie beside its `run.ts`. */
export function pytestSuite(name: string, here: string): { prepare(): void; run(): Promise<Counts> } {
  const suite = { name, requirements: join(here, "requirements.txt"), folders: [join(here, "tests")] };
  return {
    prepare: () => void preparePython(suite),
    run: async () => runPytest(suite),
  };
}

/** Runs the tests of some folders; what their packages write where they are run lies beside the environment. */
export function runPytest({ folders, ...environment }: PythonSuite): Counts {
  const { name } = environment;
  const python = join(preparePython(environment), "python");
  const report = join(environmentOf(name), "report.xml");
  const result = spawnSync(
    python,
    ["-m", "pytest", "-q", "-p", "no:cacheprovider", `--junitxml=${report}`, ...folders],
    {
      cwd: environmentOf(name),
      stdio: "inherit",
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PYTHONPATH: import.meta.dirname },
    },
  );
  const suite = /<testsuite [^>]*>/.exec(readFileSync(report, "utf8"))?.[0] ?? "";
  const count = (attribute: string): number =>
    Number(new RegExp(`\\b${attribute}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  const passed = count("tests") - failed - count("skipped");
  // A run that broke before any test ran is a failure too.
  return result.status === 0 && passed > 0 ? { passed, failed } : { passed, failed: Math.max(failed, 1) };
}

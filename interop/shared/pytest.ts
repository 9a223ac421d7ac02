// Python suites: a virtual environment with pinned packages, and pytest in it.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export interface PythonSuite {
  /** Names the environment, which is kept in an ignored folder. */
  readonly name: string;
  /** The file with the pinned packages. */
  readonly requirements: string;
  readonly folders: readonly string[];
}

/** The folder of programs of an environment, which is made once and again whenever its packages change. */
export function preparePython(name: string, requirements: string): string {
  const programs = join(workFolder(name), "venv", "bin");
  if (!existsSync(join(programs, "python"))) {
    mkdirSync(workFolder(name), { recursive: true });
    execFileSync("python3", ["-m", "venv", join(workFolder(name), "venv")], { stdio: "inherit" });
  }
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
  execFileSync(join(programs, "python"), pip, { stdio: "inherit" });
  return programs;
}

function workFolder(name: string): string {
  return join(import.meta.dirname, "..", "..", ".work", `interop-${name}`);
}

/** Runs the tests of some folders. */
export function runPytest({ name, requirements, folders }: PythonSuite): Counts {
  const python = join(preparePython(name, requirements), "python");
  const report = join(workFolder(name), "report.xml");
  const result = spawnSync(
    python,
    ["-m", "pytest", "-q", "-p", "no:cacheprovider", `--junitxml=${report}`, ...folders],
    {
      stdio: "inherit",
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
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

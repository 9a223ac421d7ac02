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

/** Runs the tests of some folders, in an environment that is made once and again whenever its packages change. */
export function runPytest({ name, requirements, folders }: PythonSuite): Counts {
  const work = join(import.meta.dirname, "..", "..", ".work", `interop-${name}`);
  const python = join(work, "venv", "bin", "python");
  if (!existsSync(python)) {
    mkdirSync(work, { recursive: true });
    execFileSync("python3", ["-m", "venv", join(work, "venv")], { stdio: "inherit" });
  }
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
  execFileSync(python, pip, { stdio: "inherit" });

  const report = join(work, "report.xml");
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

// The official Python client against our daemon: a virtual environment with pinned packages, and pytest in it.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const name = "python";

const here: string = import.meta.dirname;
const work: string = join(here, "..", "..", ".work", "interop-python");
const python: string = join(work, "venv", "bin", "python");

/** The environment, made once and again whenever the pinned packages change. */
function prepare(): void {
  if (!existsSync(python)) {
    mkdirSync(work, { recursive: true });
    execFileSync("python3", ["-m", "venv", join(work, "venv")], { stdio: "inherit" });
  }
  const pip = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "-r",
    join(here, "requirements.txt"),
  ];
  execFileSync(python, pip, { stdio: "inherit" });
}

export async function run(): Promise<{ passed: number; failed: number }> {
  prepare();
  const report = join(work, "report.xml");
  const result = spawnSync(
    python,
    ["-m", "pytest", "-q", "-p", "no:cacheprovider", `--junitxml=${report}`, join(here, "tests")],
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

// Python environments for the official clients, made once in an ignored folder.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/**
 * The interpreter of an environment with some packages; undefined if this machine has no Python or cannot install.
 *
 * @param name names the environment
 */
export function preparePython(name: string, packages: readonly string[]): string | undefined {
  const folder = join(import.meta.dirname, "..", "..", ".work", `bench-${name}`);
  const python = join(folder, "venv", "bin", "python");
  try {
    if (!existsSync(python)) {
      mkdirSync(folder, { recursive: true });
      execFileSync("python3", ["-m", "venv", join(folder, "venv")], { stdio: "ignore" });
    }
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages];
    execFileSync(python, pip, { stdio: "ignore" });
    return python;
  } catch {
    return undefined;
  }
}

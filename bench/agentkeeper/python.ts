// The official Python client in a virtual environment, made once in an ignored folder.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const packages = ["agentkeeper==0.1.1", "grpcio==1.85.1", "protobuf==7.36.2"];
const folder = join(import.meta.dirname, "..", "..", ".work", "bench-agentkeeper");

/** The interpreter that has the official client. */
export const python: string = join(folder, "venv", "bin", "python");

/** False if this machine has no Python or cannot install into it. */
export function preparePython(): boolean {
  try {
    if (!existsSync(python)) {
      mkdirSync(folder, { recursive: true });
      execFileSync("python3", ["-m", "venv", join(folder, "venv")], { stdio: "ignore" });
    }
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages];
    execFileSync(python, pip, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

// The peers and the load generator, built with Go once, into an ignored folder.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, ".work", "bin");

/** etcd 3.7.3, from the Go module beside this file. */
export const etcd: string = join(folder, "etcd");
/** The gRPC load generator. */
export const ghz: string = join(folder, "ghz");

/** Builds what is missing. @throws where there is no Go, or nothing to fetch its modules from */
export function buildTools(): void {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(etcd)) {
    execFileSync("go", ["build", "-o", etcd, "."], {
      cwd: join(import.meta.dirname, "etcd"),
      stdio: "inherit",
    });
  }
  if (!existsSync(ghz)) {
    execFileSync("go", ["install", "github.com/bojand/ghz/cmd/ghz@v0.93.0"], {
      env: { ...process.env, GOBIN: folder },
      stdio: "inherit",
    });
  }
}

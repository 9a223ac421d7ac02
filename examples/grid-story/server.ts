// The Grid server as a process of its own, on a data directory.
import { fileURLToPath } from "node:url";
import { type ServerProcess, startServerProcess } from "../server-process.ts";

const executable = fileURLToPath(new URL("dist/bin/x-grid.js", import.meta.resolve("@x/grid/package.json")));

export function startServer(dataDir: string, address?: string): Promise<ServerProcess> {
  return startServerProcess(executable, [`--data-dir=${dataDir}`], address);
}

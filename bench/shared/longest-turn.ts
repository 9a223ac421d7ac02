// How long a server's event loop stands still at most: what everybody else waits while it works on one thing.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitUntil } from "@x/core/testing";

/** Measures a server that was started with `nodeFlags`, and lies below this process. */
export interface TurnWatch extends Disposable {
  readonly nodeFlags: readonly string[];
  /** The longest turn since it was asked last, in milliseconds. */
  longestMs(pid: number): Promise<number>;
}

export function watchTurns(): TurnWatch {
  const folder = mkdtempSync(join(tmpdir(), "turns-"));
  const file = join(folder, "longest");
  process.env.BENCH_TURNS_FILE = file;
  const written = (): string => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return "";
    }
  };
  return {
    nodeFlags: [`--import=${join(import.meta.dirname, "turn-recorder.ts")}`],
    async longestMs(pid) {
      rmSync(file, { force: true });
      process.kill(pid, "SIGUSR2");
      await waitUntil(() => written() !== "", { what: "the longest turn" });
      return Number(written());
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

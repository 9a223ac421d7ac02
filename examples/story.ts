// How the stories tell themselves: lines with times of their own, and an end that comes in any case.
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const begin = performance.now();
const storyLimitMs = 29_000;

/** What a story is given. */
export interface Stage {
  /** A folder of its own, which is gone at the end. */
  readonly folder: string;
  /** A process that the story starts: it must have ended with it. Answers what holds the id. */
  runs<Started extends { readonly pid: number }>(started: Started): Started;
}

/** One line of the story, with the seconds since it began. */
export function say(text: string): void {
  process.stdout.write(`${elapsedSeconds().toFixed(2).padStart(6)}s  ${text}\n`);
}

export function title(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

/** Tells a story, and fails if anything in it did not happen, something of it is left running, or it hangs. */
export async function tell(heading: string, story: (stage: Stage) => Promise<void>): Promise<void> {
  const pids: number[] = [];
  const tooLong = setTimeout(() => {
    process.stderr.write(`the story took longer than ${storyLimitMs / 1_000} s\n`);
    for (const pid of pids.filter(isRunning)) {
      process.kill(pid, "SIGKILL");
    }
    process.exit(1);
  }, storyLimitMs);
  const folder = await mkdtemp(join(tmpdir(), "story-"));
  title(heading);
  try {
    await story({
      folder,
      runs(started) {
        pids.push(started.pid);
        return started;
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
    clearTimeout(tooLong);
  }
  assert.deepEqual(pids.filter(isRunning), [], "all processes have ended");
  title(`All of it happened, in ${elapsedSeconds().toFixed(1)} s. Nothing was left running.`);
}

function elapsedSeconds(): number {
  return (performance.now() - begin) / 1_000;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

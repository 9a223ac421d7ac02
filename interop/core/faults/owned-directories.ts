// One server per directory, however the directory is called and however many start at once; and a first start that is cut short.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, linkSync, mkdirSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { waitUntil } from "@x/core/testing";
import { type Attack, type Checks, scaled } from "./checks.ts";
import { createScratch, type Executable, executables, type Scratch, startServer } from "./servers.ts";

const start = (name: Executable, directory: string) => startServer(name, [`--data-dir=${directory}`]);

/** "refused", or what came instead. */
async function tryStart(name: Executable, directory: string): Promise<string> {
  try {
    await using _ = await start(name, directory);
    return "it started";
  } catch (error) {
    const said = String(error);
    return /exited with 1: .*in use/s.test(said) ? "refused" : said;
  }
}

async function secondOpeners(checks: Checks, name: Executable, scratch: Scratch): Promise<void> {
  const directory = scratch.fresh();
  await using first = await start(name, directory);
  const link = scratch.fresh();
  symlinkSync(directory, link);
  const hard = scratch.fresh();
  mkdirSync(hard);
  linkSync(join(directory, "store.db"), join(hard, "store.db"));
  const ways = {
    "the same name": directory,
    "a symbolic link": link,
    "a way around": `${directory}/../${basename(directory)}//.`,
    "a hard link of the store": hard,
  };
  await Promise.all(
    Object.entries(ways).map(async ([how, path]) => {
      const seen = await tryStart(name, path);
      checks.that(`${name}: a second one by ${how} is refused`, seen === "refused", seen);
    }),
  );
  checks.that(`${name}: the first one lives`, first.isAlive());
}

async function startsAtOnce(checks: Checks, name: Executable, scratch: Scratch): Promise<void> {
  const atOnce = 3;
  for (let round = 0; round < scaled(1, 10); round += 1) {
    const directory = scratch.fresh();
    const all = await Promise.allSettled(Array.from({ length: atOnce }, () => start(name, directory)));
    const started = all.filter((each) => each.status === "fulfilled");
    const refused = all.filter(
      (each) => each.status === "rejected" && /exited with 1: /.test(String(each.reason)),
    );
    checks.that(
      `${name}: of ${atOnce} that start at once on a new directory one serves`,
      started.length === 1 && refused.length === atOnce - 1,
      all.map((each) => (each.status === "rejected" ? String(each.reason) : "started")),
    );
    for (const { value } of started) {
      await value[Symbol.asyncDispose]();
    }
  }
}

/** A first start makes its directory, and serves so much later. */
const lastMomentMs = 60;

async function firstStartsThatEnd(checks: Checks, name: Executable, scratch: Scratch): Promise<void> {
  const odd: string[] = [];
  const rounds = scaled(2, 40);
  for (let round = 0; round < rounds; round += 1) {
    const directory = join(scratch.fresh(), "new");
    const args = ["--addr=127.0.0.1:0", "--metrics-addr=off", "--log-level=error", `--data-dir=${directory}`];
    const first = spawn(process.execPath, [executables[name], ...args], { stdio: "ignore" });
    const ended = once(first, "close");
    try {
      await waitUntil(() => existsSync(directory) || first.exitCode !== null, { withinMs: 60_000 });
      // Further into the start from round to round.
      await delay((round * lastMomentMs) / rounds);
    } finally {
      first.kill("SIGKILL");
      await ended;
    }
    try {
      await using again = await start(name, directory);
      const code = await again.process.stop("SIGTERM");
      if (code !== 0) {
        odd.push(`round ${round}: the next one ended with ${code}`);
      }
    } catch (error) {
      odd.push(`round ${round}: ${error}`);
    }
  }
  checks.that(`${name}: killed in its first start, it starts all the same`, odd.length === 0, odd);
}

export const ownedDirectories: Attack = async (checks) => {
  using scratch = createScratch();
  await Promise.all(
    (["agentkeeper", "agentdraft"] as const).map(async (name) => {
      await secondOpeners(checks, name, scratch);
      await startsAtOnce(checks, name, scratch);
      await firstStartsThatEnd(checks, name, scratch);
    }),
  );
};

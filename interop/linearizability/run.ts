// Real histories, checked: load from several processes on the real daemon under faults, every call written down, and a
// checker that knows only these histories and the event log. `ROUNDS=100` for the long run, `SEED=n` for the choices of an
// earlier one, `DAEMON=file` for another executable: a daemon with a fault in it shows whether the fault is seen.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { buildChecker, checkRecording, work } from "./check.ts";
import {
  type SceneOutcome,
  staleWriter,
  stoppedDaemon,
  succession,
  vanishingClaimer,
} from "./driver/scenes.ts";
import { openSession, type Session, type SessionCounts } from "./driver/session.ts";
import { createRandom } from "./load/random.ts";
import { tryPlant } from "./planted.ts";
import { plants, tokenPlants } from "./plants.ts";

export const name = "linearizability";

/** How long a fleet must be silent to be dead: twice the longest time to live of the load's agents, and some more. */
const deadlySilenceMs = 9_000;

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const rounds = Number(process.env.ROUNDS ?? 10);

export async function run(): Promise<{ passed: number; failed: number }> {
  const counts = { passed: 0, failed: 0 };
  const count = (good: boolean, problem: string): void => {
    counts[good ? "passed" : "failed"] += 1;
    if (!good) {
      console.log(`  FAILED ${problem}`);
    }
  };
  const countScene = ({ name: scene, expected, answers }: SceneOutcome): void =>
    count(String(answers) === String(expected), `${scene}: ${answers.join(", ")}`);

  buildChecker();
  const folder = join(work, "recordings");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  console.log(`linearizability: seed ${seed}, ${rounds} rounds of kill -9`);

  const stops = join(folder, "stops");
  await record("in memory: stops, cuts, vanishing", stops, false, (session) =>
    stopsAndCuts(session, countScene),
  );
  check(stops, count);
  const kills = join(folder, "kills");
  await record(`on disk: ${rounds} rounds of kill -9`, kills, true, (session) =>
    killRounds(session, countScene),
  );
  check(kills, count);
  // The short recording first: planting reads and checks it anew for each fault.
  plant([stops, kills], plants, count);
  // Once more where the daemon was restarted: a counter that starts anew is just this.
  plant([kills], tokenPlants, count);

  if (counts.failed === 0) {
    rmSync(folder, { recursive: true, force: true });
  } else {
    console.log("  the recordings are kept in .work/linearizability/recordings");
  }
  return counts;
}

async function record(
  title: string,
  folder: string,
  durable: boolean,
  faults: (session: Session) => Promise<void>,
): Promise<void> {
  const startedAt = performance.now();
  await using session = await openSession({ folder, durable, seed });
  await faults(session);
  const { calls, unknown, events }: SessionCounts = await session.finish();
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${title}: ${calls} calls, ${unknown} without an answer, ${events} events, ${seconds} s`);
}

/** All faults but kill -9, on a daemon in memory. A watcher does not read and a fleet is silent meanwhile. */
async function stopsAndCuts(session: Session, done: (outcome: SceneOutcome) => void): Promise<void> {
  const fleet = session.loads[3];
  const [, stoppedWatcher] = session.watchers;
  await delay(1_500);
  stoppedWatcher.signal("SIGSTOP");
  fleet?.signal("SIGSTOP");
  const silence = delay(deadlySilenceMs);
  const cutting = cutNowAndThen(session);
  try {
    done(await staleWriter(session, 0));
    done(await stoppedDaemon(session, 0));
    done(await vanishingClaimer(session, 0));
    done(await succession(session, 0));
    await silence;
  } finally {
    cutting.stop();
    fleet?.signal("SIGCONT");
    stoppedWatcher.signal("SIGCONT");
  }
  await delay(1_000);
}

/** Rounds of kill -9 and restart, some of them around SIGTERM, with each of the other faults in some. */
async function killRounds(session: Session, done: (outcome: SceneOutcome) => void): Promise<void> {
  const random = createRandom(seed);
  const fleet = session.loads[3];
  const [, stoppedWatcher] = session.watchers;
  const cutting = cutNowAndThen(session);
  try {
    for (let round = 0; round < rounds; round += 1) {
      await delay(random.between(300, 1_800));
      switch (round % 10) {
        case 1:
          stoppedWatcher.signal("SIGSTOP");
          break;
        case 2:
          done(await staleWriter(session, round));
          break;
        case 4:
          stoppedWatcher.signal("SIGCONT");
          fleet?.signal("SIGSTOP");
          break;
        case 6:
          fleet?.signal("SIGCONT");
          done(await stoppedDaemon(session, round));
          break;
        case 8:
          done(await vanishingClaimer(session, round));
          break;
      }
      switch (round % 10) {
        case 5:
          await session.daemon.killWhileStopping(random.between(0, 40));
          break;
        case 9: {
          const code = await session.daemon.stop();
          done({ name: "SIGTERM ends the daemon well", expected: ["0"], answers: [String(code)] });
          break;
        }
        default:
          await session.daemon.kill();
      }
      await session.daemon.start();
    }
    await delay(1_000);
  } finally {
    cutting.stop();
    fleet?.signal("SIGCONT");
    stoppedWatcher.signal("SIGCONT");
  }
}

/** Cuts connections behind a proxy, by turns at once and after the effect of a call but before its answer. */
function cutNowAndThen({ proxies }: Session): { stop(): void } {
  let turns = 0;
  const timer = setInterval(() => {
    const proxy = proxies[turns % proxies.length];
    turns += 1;
    if (turns % 3 === 0) {
      proxy?.setFault({ kind: "cut", afterBytes: 0, direction: "to-client" });
      setTimeout(() => proxy?.setFault({ kind: "none" }), 150);
    } else {
      proxy?.cutAll();
    }
  }, 700);
  return { stop: () => clearInterval(timer) };
}

type Count = (good: boolean, problem: string) => void;

function check(folder: string, count: Count): void {
  const startedAt = performance.now();
  const checks = checkRecording(folder);
  for (const { name: promise, examined, found, violations } of checks) {
    // A check that had nothing to look at has shown nothing.
    count(
      found === 0 && examined > 0,
      `${promise}: ${found} of ${examined}\n    ${violations?.join("\n    ")}`,
    );
  }
  const violations = checks.reduce((sum, { found }) => sum + found, 0);
  const partitions = checks
    .filter(({ id }) => ["leases", "elections", "tasks"].includes(id))
    .map(({ id, examined }) => `${examined} ${id}`);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`  checked ${partitions.join(", ")} one by one: ${violations} violations, ${seconds} s`);
}

function plant(folders: readonly string[], faults: typeof plants, count: Count): void {
  for (const fault of faults) {
    const { problem, seenBy } = tryPlant(folders, fault);
    count(problem === undefined, `planted: ${fault.name}: ${problem}`);
    console.log(`  planted: ${fault.name}: seen by ${seenBy.join(", ")}`);
  }
}

// What is done to the daemon, its callers and its watchers while the load goes on.
import { setTimeout as delay } from "node:timers/promises";
import { cutNowAndThen } from "../../shared/histories/cuts.ts";
import { createRandom } from "../../shared/histories/random.ts";
import type { SceneOutcome } from "../../shared/histories/run.ts";
import { copyStore, cutLog, secondOpener } from "../../shared/histories/store-faults.ts";
import { type Session, staleWriter, stoppedDaemon, succession, vanishingClaimer } from "./scenes.ts";

/** How long a fleet must be silent to be dead: twice the longest time to live of the load's agents, and some more. */
const deadlySilenceMs = 9_000;

/** All faults but kill -9, on a daemon in memory. A watcher does not read and a fleet is silent meanwhile. */
export async function stopsAndCuts(session: Session, done: (outcome: SceneOutcome) => void): Promise<void> {
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

/** How far the clock of the daemon's machine jumps: further than anything of the load lasts. */
const jumpMs = 3_600_000;

/** Rounds of kill -9 and restart, some of them around SIGTERM, with each of the other faults in some. */
export async function killRounds(
  session: Session,
  done: (outcome: SceneOutcome) => void,
  { seed, rounds }: { readonly seed: number; readonly rounds: number },
): Promise<void> {
  const random = createRandom(seed);
  const fleet = session.loads[3];
  const [, stoppedWatcher] = session.watchers;
  const cutting = cutNowAndThen(session);
  try {
    for (let round = 0; round < rounds; round += 1) {
      await delay(random.between(300, 1_800));
      switch (round % 10) {
        case 0:
          done(await secondOpener(session.daemon));
          break;
        case 1:
          stoppedWatcher.signal("SIGSTOP");
          break;
        case 2:
          done(await staleWriter(session, round));
          break;
        case 3:
        case 7:
          await session.daemon.jump(round % 10 === 3 ? jumpMs : -jumpMs, 1_000);
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
      switch (round % 10) {
        case 3:
          copyStore(session.daemon);
          break;
        case 1:
        case 8:
          done(await cutLog(session.daemon, random.between(0, 4_000)));
          break;
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

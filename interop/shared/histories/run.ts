// Real histories, checked: load from several processes on a real daemon under faults, every call written down, and a checker
// that knows only these histories and the event log. Then faults are planted in the recordings, and must be found.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Counts } from "../suite.ts";
import { workFolder } from "../suite.ts";
import { type Checker, checkerOf } from "./check.ts";
import { type Plant, tryPlant } from "./planted.ts";
import type { CallLine } from "./recording.ts";
import { openSession, type Service, type Session } from "./session.ts";

/** What came out of a scene, step by step, beside what must. */
export interface SceneOutcome {
  readonly name: string;
  readonly expected: readonly string[];
  readonly answers: readonly string[];
}

/** One recorded session: what is done to the daemon and its callers while the load goes on. */
export interface Recording<Step> {
  readonly name: string;
  readonly title: string;
  /** Whether the daemon keeps its data on disk, so that it may be killed. */
  readonly durable: boolean;
  faults(session: Session<Step>, done: (outcome: SceneOutcome) => void): Promise<void>;
  /** After all has been written down, with the daemon stopped: what else is done to it, and written into the folder. */
  afterwards?(session: Session<Step>, folder: string): Promise<void>;
}

/** A service's histories. */
export interface Histories<
  Step,
  Question,
  Answer,
  Call extends CallLine,
  Event extends object,
  Final extends object,
> {
  /** As in `agentkeeper`. */
  readonly name: string;
  /** The folder of its checker. */
  readonly checker: string;
  readonly service: Service<Question, Answer>;
  readonly seed: number;
  readonly recordings: readonly Recording<Step>[];
  /** Checks that Porcupine makes, partition by partition. */
  readonly partitioned: readonly string[];
  /** Planted in the first of the named recordings that has a place: reading and checking is done anew for each. */
  readonly plants: readonly {
    readonly in: readonly string[];
    readonly faults: readonly Plant<Call, Event, Final>[];
  }[];
}

const work = (name: string): string => workFolder(`histories-${name}`);

/** The service's checker, in an ignored folder. */
export function checkerFor({ name, checker }: { readonly name: string; readonly checker: string }): Checker {
  return checkerOf(checker, join(work(name), "checker"));
}

export async function runHistories<
  Step,
  Question,
  Answer,
  Call extends CallLine,
  Event extends object,
  Final extends object,
>(histories: Histories<Step, Question, Answer, Call, Event, Final>): Promise<Counts> {
  const { name, service, seed } = histories;
  const counts = { passed: 0, failed: 0 };
  const count = (good: boolean, problem: string): void => {
    counts[good ? "passed" : "failed"] += 1;
    if (!good) {
      console.log(`  FAILED ${problem}`);
    }
  };
  const checker = checkerFor(histories);
  checker.build();
  const root = join(work(name), "recordings");
  const folderOf = (recording: string): string => join(root, recording);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });

  for (const { name: recording, title, durable, faults, afterwards } of histories.recordings) {
    const startedAt = performance.now();
    const folder = folderOf(recording);
    await using session = await openSession<Step, Question, Answer>(service, { folder, durable, seed });
    await faults(session, ({ name: scene, expected, answers }) =>
      count(String(answers) === String(expected), `${scene}: ${answers.join(", ")}`),
    );
    const { calls, unknown, events } = await session.finish();
    await afterwards?.(session, folder);
    console.log(
      `${title}: ${calls} calls, ${unknown} without an answer, ${events} events, ${since(startedAt)}`,
    );
    check(checker, folder, histories.partitioned, count);
  }
  for (const { in: recordings, faults } of histories.plants) {
    for (const fault of faults) {
      const { problem, seenBy } = tryPlant(checker, recordings.map(folderOf), fault);
      count(problem === undefined, `planted: ${fault.name}: ${problem}`);
      console.log(`  planted: ${fault.name}: seen by ${seenBy.join(", ")}`);
    }
  }

  if (counts.failed === 0) {
    rmSync(root, { recursive: true, force: true });
  } else {
    console.log(`  the recordings are kept in ${root}`);
  }
  return counts;
}

function check(
  checker: Checker,
  folder: string,
  partitioned: readonly string[],
  count: (good: boolean, problem: string) => void,
): void {
  const startedAt = performance.now();
  const checks = checker.check(folder);
  for (const { name: promise, examined, found, violations } of checks) {
    // A check that had nothing to look at has shown nothing.
    count(
      found === 0 && examined > 0,
      `${promise}: ${found} of ${examined}\n    ${violations?.join("\n    ")}`,
    );
  }
  const violations = checks.reduce((sum, { found }) => sum + found, 0);
  const partitions = checks
    .filter(({ id }) => partitioned.includes(id))
    .map(({ id, examined }) => `${examined} ${id}`);
  console.log(`  checked ${partitions.join(", ")} one by one: ${violations} violations, ${since(startedAt)}`);
}

function since(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
}

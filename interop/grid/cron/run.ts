// Our cron against cronsim, the judge of Grid's day and clock rules: random expressions and instants, in zones whose clocks change
// in every way, about every change of three years. SEED=N runs what another run printed.
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { nextFiring } from "../../../packages/grid/src/local/rules/schedules/time/cron.ts";
import { preparePython } from "../../shared/pytest.ts";
import type { Counts } from "../../shared/suite.ts";

const here: string = import.meta.dirname;
const environment = { name: "grid-cron", requirements: join(here, "requirements.txt") };
const caseCount = 20_000;
const mostShown = 10;

/** An expression, when it is asked, and the firings after that; instants in milliseconds. */
type Case = readonly [zone: string, expression: string, afterMs: number, expected: readonly number[]];

export function prepare(): void {
  preparePython(environment);
}

/** As many firings as are expected, and whether there is none where none is. */
function firingsOf([zone, expression, afterMs, { length }]: Case): number[] {
  const firings: number[] = [];
  let next = nextFiring([expression], zone, afterMs);
  while (next !== undefined && firings.length < Math.max(length, 1)) {
    firings.push(next);
    next = firings.length < length ? nextFiring([expression], zone, next) : undefined;
  }
  return firings;
}

const textOf = (instants: readonly number[]): string =>
  instants.length === 0 ? "never" : instants.map((at) => new Date(at).toISOString()).join(", ");

export async function run(): Promise<Counts> {
  const seed = Number(process.env.SEED ?? randomInt(1_000_000_000));
  console.log(`cron: ${caseCount} cases, SEED=${seed}`);
  const python = join(preparePython(environment), "python");
  const judge = spawn(python, [join(here, "cases.py"), String(seed), String(caseCount)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
  });
  const ended = once(judge, "close");
  const counts = { passed: 0, failed: 0 };
  try {
    for await (const line of createInterface({ input: judge.stdout })) {
      const each: Case = JSON.parse(line);
      const [zone, expression, afterMs, expected] = each;
      const firings = firingsOf(each);
      if (String(firings) === String(expected)) {
        counts.passed += 1;
        continue;
      }
      counts.failed += 1;
      if (counts.failed <= mostShown) {
        console.log(`  FAILED ${expression} in ${zone} after ${textOf([afterMs])}: ${textOf(firings)}
         expected ${textOf(expected)}`);
      }
    }
  } finally {
    judge.kill();
  }
  await ended;
  if (counts.passed + counts.failed < caseCount) {
    throw new Error(`the judge ended after ${counts.passed + counts.failed} cases`);
  }
  return counts;
}

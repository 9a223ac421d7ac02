// What a start costs with a long history behind a small state: stores of old records that only their streams keep, and a
// snapshot. `BENCH_RECORDS` is how many the long one has.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteJournal, jsonCodec } from "@x/core/service";
import { median } from "./shared/quantiles.ts";
import { beginTable, count, row } from "./shared/report.ts";
import { type CountRecord, product } from "./start/counter.ts";

const records = Number(process.env.BENCH_RECORDS ?? 1_000_000);
const rounds = 5;
const perTurn = 2_000;
const program = join(import.meta.dirname, "start", "server.ts");

interface Start {
  readonly readyMs: number;
  readonly rssMib: number;
}

export async function run(): Promise<void> {
  beginTable("a start with a small state");
  const few = await measure(1_000);
  const many = await measure(records);
  row("1,000 old records: ready after", `${count(few.readyMs)} ms, ${count(few.rssMib)} MiB`);
  row(`${count(records)} old records: ready after`, `${count(many.readyMs)} ms`, {
    value: many.readyMs,
    target: { atMost: 1_000, unit: " ms" },
  });
  row("its memory beside that of the short one", `${count(many.rssMib)} MiB`, {
    value: many.rssMib / few.rssMib,
    target: { atMost: 1.1 },
  });
  row("the same with everything verified", `${count(many.verifiedMs)} ms`);
}

async function measure(size: number): Promise<Start & { readonly verifiedMs: number }> {
  const directory = mkdtempSync(join(tmpdir(), "bench-start-"));
  try {
    await fill(directory, size);
    const starts = Array.from({ length: rounds }, () => start(directory));
    return {
      readyMs: median(starts.map(({ readyMs }) => readyMs)),
      rssMib: median(starts.map(({ rssMib }) => rssMib)),
      verifiedMs: start(directory, "verify").readyMs,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function start(directory: string, ...options: string[]): Start {
  const said = execFileSync(process.execPath, [program, directory, ...options], { encoding: "utf8" });
  return JSON.parse(said) as Start;
}

/** Records of 300 bytes in a thousand streams, all of them behind a snapshot. */
async function fill(directory: string, size: number): Promise<void> {
  const codec = jsonCodec<CountRecord>();
  const journal = createSqliteJournal<CountRecord>({ directory, product, codec, fsync: "never" });
  const { epoch } = await journal.open();
  const note = "n".repeat(250);
  for (let from = 0; from < size; from += perTurn) {
    const entries = Array.from({ length: Math.min(perTurn, size - from) }, (_, index) => ({
      record: { type: "counted" as const, by: 1, note },
      wall: 1_700_000_000_000 + from + index,
      streams: [`stream ${(from + index) % 1_000}`],
    }));
    await journal.append(epoch, entries);
  }
  await journal.snapshot(epoch, {
    sequence: size,
    wall: 1_700_000_000_000 + size,
    mark: size,
    state: { sum: size },
  });
  await journal.truncate(epoch, size);
  await journal.close();
}

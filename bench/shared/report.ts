// What a measurement prints: one table, with the target and whether it was met beside each figure that has one.

import { loadavg } from "node:os";

/** A bound that a figure is held against. */
export type Target =
  | { readonly atLeast: number; readonly unit?: string }
  | { readonly atMost: number; readonly unit?: string };

/** The head of a table, and how busy the machine was when it began. */
export function beginTable(columns: string): void {
  console.log(`load average before: ${loadavg()[0]?.toFixed(2)}\n`);
  console.log(`| ${columns} | measured | target | |\n|---|---|---|---|`);
}

/** The parts of a question in the order of its table; `BENCH_PART` names one. */
export async function runParts(
  columns: string,
  parts: Readonly<Record<string, () => Promise<void> | void>>,
): Promise<void> {
  const wanted = process.env.BENCH_PART;
  beginTable(columns);
  for (const [name, measure] of Object.entries(parts)) {
    if (wanted === undefined || wanted === name) {
      await measure();
    }
  }
}

/** One line of the table. A target that is missed ends the process with an error code, once all is measured. */
export function row(what: string, measured: string, judged?: { value: number; target: Target }): void {
  if (judged === undefined) {
    console.log(`| ${what} | ${measured} | | |`);
    return;
  }
  const { value, target } = judged;
  const met = "atLeast" in target ? value >= target.atLeast : value <= target.atMost;
  const bound = "atLeast" in target ? `>= ${count(target.atLeast)}` : `<= ${count(target.atMost)}`;
  console.log(`| ${what} | ${measured} | ${bound}${target.unit ?? ""} | ${met ? "met" : "MISSED"} |`);
}

/** A number with few digits: whole above 100, two significant decimals below. */
export function count(value: number): string {
  if (Math.abs(value) >= 100) {
    return Math.round(value).toLocaleString("en-US");
  }
  return String(Number(value.toFixed(Math.abs(value) >= 10 ? 1 : 2)));
}

// Makes one history out of what the load processes wrote down.
import { readFileSync } from "node:fs";
import type { CallBegin, CallEnd, CallLine } from "./recording.ts";

/** What one process wrote, and when it had ended. */
export interface CallFile {
  readonly process: string;
  readonly file: string;
  readonly endedAt: number;
}

/** All calls in the order in which they began. A call without an end is unknown, and open until its process ended. */
export function mergeCalls(files: readonly CallFile[]): CallLine[] {
  const calls: CallLine[] = [];
  for (const { process, file, endedAt } of files) {
    const begun = new Map<number, CallBegin>();
    for (const line of completeLines(readFileSync(file, "utf8"))) {
      const parsed: CallBegin | CallEnd = JSON.parse(line);
      if ("start" in parsed) {
        begun.set(parsed.id, parsed);
        continue;
      }
      const begin = begun.get(parsed.id);
      begun.delete(parsed.id);
      if (begin !== undefined) {
        const { id: _, ...end } = parsed;
        calls.push({ process, op: begin.op, args: begin.args, start: begin.start, ...end });
      }
    }
    for (const { op, args, start } of begun.values()) {
      calls.push({ process, op, args, start, end: endedAt, outcome: "unknown", code: "process_ended" });
    }
  }
  return calls.sort((a, b) => a.start - b.start);
}

/** The last line of a process that was killed may be torn. */
function completeLines(text: string): string[] {
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "");
}

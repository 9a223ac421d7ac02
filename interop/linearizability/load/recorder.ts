// Writes down each call of a load process: its beginning before it is sent, its end when its outcome is known.
import { openSync, writeSync } from "node:fs";
import { isServiceError } from "@x/agentkeeper";
import {
  type CallBegin,
  type CallEnd,
  type Fields,
  monotonicMicros,
  type Operation,
  type Outcome,
} from "../recording.ts";

/** A call whose end is still to come. */
export interface OpenCall {
  ok(result: Fields): void;
  failed(error: unknown): void;
}

export interface Recorder {
  begin(op: Operation, args: Fields): OpenCall;
  /** Runs a call, and throws what it throws. */
  call<Answer>(
    op: Operation,
    args: Fields,
    run: () => Promise<Answer>,
    result: (answer: Answer) => Fields,
  ): Promise<Answer>;
}

/** Answers of the rules: nothing was changed. Whatever else a call ends with leaves its effect open. */
const refusals: ReadonlySet<string> = new Set([
  "agent_not_found",
  "agent_dead",
  "lease_not_held",
  "lease_token_mismatch",
  "task_not_found",
  "task_not_yours",
  "task_not_claimed",
]);

function outcomeOf(error: unknown): { outcome: Outcome; code: string } {
  const code = isServiceError(error) ? error.code : String(error);
  return { outcome: refusals.has(code) ? "refused" : "unknown", code };
}

export function openRecorder(file: string): Recorder {
  // Written at once and never buffered: these processes are killed without a warning.
  const descriptor = openSync(file, "a");
  let calls = 0;
  const write = (line: CallBegin | CallEnd): void => {
    writeSync(descriptor, `${JSON.stringify(line)}\n`);
  };

  const begin = (op: Operation, args: Fields): OpenCall => {
    calls += 1;
    const id = calls;
    write({ id, op, args, start: monotonicMicros() });
    return {
      ok: (result) => write({ id, end: monotonicMicros(), outcome: "ok", result }),
      failed: (error) => write({ id, end: monotonicMicros(), ...outcomeOf(error) }),
    };
  };

  return {
    begin,
    async call<Answer>(
      op: Operation,
      args: Fields,
      run: () => Promise<Answer>,
      result: (answer: Answer) => Fields,
    ): Promise<Answer> {
      const open = begin(op, args);
      try {
        const answer = await run();
        open.ok(result(answer));
        return answer;
      } catch (error) {
        open.failed(error);
        throw error;
      }
    },
  };
}

// Writes down each call of a load process: its beginning before it is sent, its end when its outcome is known.
import { openSync, writeSync } from "node:fs";
import { type CallBegin, type CallEnd, monotonicMicros, type Outcome } from "./recording.ts";

/** A call whose end is still to come. */
export interface OpenCall<Fields> {
  ok(result: Fields): void;
  failed(error: unknown): void;
}

export interface Recorder<Operation extends string, Fields extends object> {
  begin(op: Operation, args: Fields): OpenCall<Fields>;
  /** Runs a call, and throws what it throws. */
  call<Answer>(
    op: Operation,
    args: Fields,
    run: () => Promise<Answer>,
    result: (answer: Answer) => Fields,
  ): Promise<Answer>;
}

/** @param outcomeOf tells a refusal, which changed nothing, from an outcome that leaves the effect open. */
export function openRecorder<Operation extends string, Fields extends object>(
  file: string,
  outcomeOf: (error: unknown, op: Operation) => { readonly outcome: Outcome; readonly code: string },
): Recorder<Operation, Fields> {
  // Written at once and never buffered: these processes are killed without a warning.
  const descriptor = openSync(file, "a");
  let calls = 0;
  const write = (line: CallBegin<Operation, Fields> | CallEnd<Fields>): void => {
    writeSync(descriptor, `${JSON.stringify(line)}\n`);
  };

  const begin = (op: Operation, args: Fields): OpenCall<Fields> => {
    calls += 1;
    const id = calls;
    write({ id, op, args, start: monotonicMicros() });
    return {
      ok: (result) => write({ id, end: monotonicMicros(), outcome: "ok", result }),
      failed: (error) => write({ id, end: monotonicMicros(), ...outcomeOf(error, op) }),
    };
  };

  return {
    begin,
    async call(op, args, run, result) {
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

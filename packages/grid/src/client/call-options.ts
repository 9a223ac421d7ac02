// The options that every call takes, and how a call is given its checked form.

import { callRules, checkArgument, checkOptions, must, type OptionRule, type OptionRules } from "@x/core";
import { gridErrorOf } from "../failure.ts";

/** The service's name in core's loops. */
export const serviceName = "grid";

/** Options of one call. */
export interface CallOptions {
  /** Ends the call at once, pauses between attempts included; it then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** The whole call with all attempts and pauses, in milliseconds; `Infinity` for none. @default the client's `timeoutMs` */
  readonly timeoutMs?: number | undefined;
}

export const callOptionRules: OptionRules<CallOptions> = {
  signal: callRules.signal,
  timeoutMs: callRules.timeoutMs,
};

/** Refuses names that are no options, and values that cannot be. @throws GridError `invalid_option` */
export function checkCall<Options>(method: string, options: Options, rules: OptionRules<Options>): void {
  locally(method, () => checkOptions(options, rules, { service: serviceName, operation: method }));
}

/** The same for an argument that has a place instead of a name; answers it. @throws GridError `invalid_option` */
export function checked<Value>(method: string, name: string, value: Value, rule: OptionRule): Value {
  locally(method, () => checkArgument(name, value, rule, { service: serviceName, operation: method }));
  return value;
}

/** What core refuses of a caller's, in the words of Grid. */
export function locally<Value>(method: string, run: () => Value): Value {
  try {
    return run();
  } catch (error) {
    throw gridErrorOf(error, { method });
  }
}

/** A node, task, room, message or schedule: what stands in a path or names something. */
export const idRule: OptionRule = must.beFullText;

/** Refuses options of a call that takes none of its own. */
export function checkCallOptions(method: string, options: CallOptions): void {
  checkCall(method, options, callOptionRules);
}

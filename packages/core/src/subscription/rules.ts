// What the options of a stream must be.
import { clockRule } from "../calls/call-rules.ts";
import { must, type OptionRules } from "../calls/check-options.ts";
import type { SubscriptionOptions } from "./subscription.ts";

export const subscriptionRules: OptionRules<SubscriptionOptions<unknown, unknown>> = {
  // What a position is, the service knows.
  cursor: must.beAnything,
  signal: must.beSignal,
  onItem: must.beFunction,
  onCallbackError: must.beFunction,
  onEnd: must.beFunction,
  onResync: must.beFunction,
  onState: must.beFunction,
  bufferSize: must.beCount(1),
  whenFull: must.beOneOf("end", "pause"),
  initialRetries: must.beCount(0),
  maxReconnects: must.beCount(0),
  backoff: must.follow({ baseMs: must.beWaitMs, capMs: must.beWaitMs }),
  stableAfterMs: must.beWaitMs,
  clock: clockRule,
  random: must.beFunction,
};

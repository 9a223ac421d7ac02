// The rules of the options that clients and calls of every service have alike.
import type { Clock } from "../clock.ts";
import { must, type OptionRule, type OptionRules } from "./check-options.ts";
import type { Hooks } from "./hooks.ts";

/** Of every call. */
export const callRules: OptionRules<{
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
  maxRetries?: number | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
}> = {
  signal: must.beSignal,
  timeoutMs: must.beTimeoutMs,
  maxRetries: must.beCount(0),
  headers: must.beTextMap,
};

export const clockRule: OptionRule = must.haveMethods("a clock, with now and setTimer", "now", "setTimer");

/** Of every client. */
export const clientRules: OptionRules<{
  timeoutMs?: number | undefined;
  maxRetries?: number | undefined;
  hooks?: Hooks | undefined;
  clock?: Clock | undefined;
}> = {
  timeoutMs: must.beTimeoutMs,
  maxRetries: must.beCount(0),
  hooks: must.follow<Hooks>({
    onCallStart: must.beFunction,
    onAttempt: must.beFunction,
    onRetry: must.beFunction,
    onCallEnd: must.beFunction,
    onHookError: must.beFunction,
  }),
  clock: clockRule,
};

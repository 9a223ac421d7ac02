// What the compiler cannot hold a caller in JavaScript to, and the wire would carry as something else without a word.
import {
  callRules,
  checkArgument,
  checkOptions,
  must,
  type OptionRule,
  type OptionRules,
} from "@x/core/base";

/** The service's name in errors and hooks. */
export const serviceName = "agentkeeper";

/** @throws InvalidArgumentError for what is no text, such as a handle where its id belongs */
export function checkTexts(operation: string, texts: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(texts)) {
    checkArgument(name, value, must.beText, { service: serviceName, operation });
  }
}

/** @throws InvalidArgumentError for what none of the options may be */
export function check<Options>(operation: string, options: unknown, rules: OptionRules<Options>): void {
  checkOptions(options, rules, { service: serviceName, operation });
}

/** Checks the options of a call that has none of its own. */
export function checkCall(operation: string, options: unknown): void {
  if (options !== undefined) {
    check(operation, options, callRules);
  }
}

/** On the wire 0 would ask for the default. */
const ttlOf = (most: number): OptionRule => ({ ...must.beWhole(1, most), code: "ttl_out_of_range" });

export const agentTtlRule: OptionRule = ttlOf(86_400);
export const leaseTtlRule: OptionRule = ttlOf(604_800);
export const requiredText: OptionRule = { ...must.beText, required: true };
export const requiredFunction: OptionRule = { ...must.beFunction, required: true };

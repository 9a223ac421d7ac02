// Options that are checked before anything happens: core's rules, and the exception of this package.

import { checkOptions, isServiceError, type OptionRules } from "@x/core/base";
import { ConfigError } from "../errors.ts";

/** @throws ConfigError for a name that is none of the rules' (with the nearest one), and for a value that its rule refuses */
export function check<Options>(options: unknown, rules: OptionRules<Options>, operation: string): void {
  try {
    checkOptions(options, rules, { service: "bindu", operation });
  } catch (error) {
    if (!isServiceError(error)) {
      throw error;
    }
    const [, field = "options"] = /: (?:there is no option )?([\w.]+)/.exec(error.message) ?? [];
    throw new ConfigError(error.message, { field, cause: error });
  }
}

// What a daemon must answer, or its answer makes no sense.
import { InternalError } from "@x/core/base";

/** The field of an answer. @throws InternalError when the daemon left it out */
export function required<Value>(operation: string, field: string, value: Value | undefined): Value {
  if (value === undefined) {
    throw new InternalError(`${operation}: the daemon answered without the field ${field}.`, {
      service: "agentkeeper",
      operation,
    });
  }
  return value;
}

// Names and values of a query or a form, flat, with a policy for a name that comes twice.
import { HttpProblem } from "./problem.ts";

/** What becomes of a name that comes more than once. `refuse`: 400 `duplicate_member` with the name as `field`. */
export type RepeatedNames = "refuse" | "first" | "last";

/**
 * Reads `a=1&b=2`; `+` is a space. Any name may stand there, also `__proto__`.
 *
 * @throws {HttpProblem} 400 `duplicate_member` where repeated names are refused
 */
export function readPairs(text: string, repeated: RepeatedNames): Record<string, string> {
  const pairs: Record<string, string> = Object.create(null);
  if (text === "") {
    return pairs;
  }
  for (const [name, value] of new URLSearchParams(text)) {
    if (repeated === "last" || !(name in pairs)) {
      pairs[name] = value;
    } else if (repeated === "refuse") {
      throw new HttpProblem(400, "duplicate_member", `${name} is given more than once`, {
        fields: { field: name },
      });
    }
  }
  return pairs;
}

// Values of strangers in the shape that a route asks for.
import type { z } from "zod";
import { invalidRequest } from "./problem.ts";

/** @throws {HttpProblem} 400 with the first member that has not its shape */
export function shaped<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const result = schema.safeParse(value);
  if (result.success) {
    return result.data;
  }
  const issue = result.error.issues[0];
  const field = issue?.path.join(".") ?? "";
  const message = issue?.message ?? "not what was expected";
  throw field === "" ? invalidRequest(message) : invalidRequest(`${field}: ${message}`, field);
}

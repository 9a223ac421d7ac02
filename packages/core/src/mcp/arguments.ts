// Arguments as a model wrote them: checked against the tool's shape, and what is wrong said so that it can be mended.
import type { z } from "zod";
import { InvalidArgumentError } from "../errors/error-kinds.ts";
import { didYouMean } from "../nearest.ts";

/** What is wrong with one argument. */
interface Problem {
  /** Its name, or a path into it such as `invitee.email`; `""` for all of them. */
  readonly argument: string;
  readonly problem: string;
}

/** @throws {InvalidArgumentError} `invalid_argument` with `details.problems` */
export function readArguments<Shape extends z.ZodRawShape>(
  tool: string,
  input: z.ZodObject<Shape, z.core.$strict>,
  given: unknown,
): z.output<z.ZodObject<Shape>> {
  const read = input.safeParse(given ?? {});
  if (read.success) {
    return read.data;
  }
  const known = Object.keys(input.shape);
  const problems = read.error.issues.flatMap((issue) => problemsOf(issue, known));
  const told = problems.map(({ argument, problem }) =>
    argument === "" ? problem : `${argument}: ${problem}`,
  );
  throw new InvalidArgumentError(`${tool}: ${told.join("; ")}`, {
    service: "mcp",
    operation: tool,
    details: { problems },
  });
}

function problemsOf(issue: z.core.$ZodIssue, known: readonly string[]): Problem[] {
  const argument = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys" && argument === "") {
    return issue.keys.map((key) => ({
      argument: key,
      problem: `there is no such argument${didYouMean(key, known)}`,
    }));
  }
  return [{ argument, problem: issue.message }];
}

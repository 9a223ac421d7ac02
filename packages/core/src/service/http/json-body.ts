// JSON of strangers: the depth is bounded before it is parsed, for the parser itself recurses.
import { nestsDeeperThan } from "../../json/depth.ts";
import { invalidRequest } from "./problem.ts";

/**
 * Parses the JSON of a body. Of duplicate keys the last counts.
 *
 * @throws {HttpProblem} 400 for what is no JSON or nested too deep
 */
export function parseJsonBody(text: string, maxDepth: number): unknown {
  if (nestsDeeperThan(text, maxDepth)) {
    throw invalidRequest(`the body is nested deeper than ${maxDepth} levels`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw invalidRequest(text === "" ? "the body is empty; it must be JSON" : "the body is not valid JSON");
  }
}

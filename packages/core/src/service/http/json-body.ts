// JSON of strangers: the depth is bounded before it is parsed, for the parser itself recurses.
import { invalidRequest } from "./problem.ts";

const characters = {
  quote: 0x22,
  backslash: 0x5c,
  openBrace: 0x7b,
  closeBrace: 0x7d,
  openBracket: 0x5b,
  closeBracket: 0x5d,
};

/** Whether arrays and objects are nested deeper than `most`, without parsing. */
export function isDeeperThan(text: string, most: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === characters.backslash) {
        index++;
      } else if (code === characters.quote) {
        inString = false;
      }
    } else if (code === characters.quote) {
      inString = true;
    } else if (code === characters.openBrace || code === characters.openBracket) {
      depth++;
      if (depth > most) {
        return true;
      }
    } else if (code === characters.closeBrace || code === characters.closeBracket) {
      depth--;
    }
  }
  return false;
}

/**
 * Parses the JSON of a body. Of duplicate keys the last counts.
 *
 * @throws {HttpProblem} 400 for what is no JSON or nested too deep
 */
export function parseJsonBody(text: string, maxDepth: number): unknown {
  if (isDeeperThan(text, maxDepth)) {
    throw invalidRequest(`the body is nested deeper than ${maxDepth} levels`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw invalidRequest(text === "" ? "the body is empty; it must be JSON" : "the body is not valid JSON");
  }
}

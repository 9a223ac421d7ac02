// How deep a JSON text nests, found without recursion, so that what recurses afterwards cannot overflow the stack.

/** Deepest nesting that {@link parseJson} and the writers take unless told otherwise. */
export const defaultMaxDepth = 256;

const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Whether arrays and objects in the text nest deeper than `maxDepth`. The text need not be valid JSON. */
export function nestsDeeperThan(text: string, maxDepth: number): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case quote:
        index = endOfString(text, index);
        break;
      case openBracket:
      case openBrace:
        depth += 1;
        if (depth > maxDepth) {
          return true;
        }
        break;
      case closeBracket:
      case closeBrace:
        depth -= 1;
        break;
      default:
        break;
    }
  }
  return false;
}

function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code === quote) {
      return index;
    }
    index += code === backslash ? 2 : 1;
  }
  return index;
}

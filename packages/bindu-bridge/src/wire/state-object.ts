// State objects: an answer that is, or contains, a JSON object with a `state` asks for more instead of ending its task.

/** A JSON object with the key `state`. */
export type StateObject = Readonly<Record<string, unknown>> & { readonly state: unknown };

/**
 * The state object of a text: the text itself, else the first innermost pair of braces that contains `"state"` and parses to one.
 * The latter are the matches of `/\{[^{}]*"state"[^{}]*\}/gs`, found by one walk from brace to brace, so that no text takes long.
 */
export function findStateObject(text: string): StateObject | undefined {
  const whole = parseStateObject(text);
  if (whole !== undefined) {
    return whole;
  }
  for (const [begin, end] of statePlaces(text)) {
    const found = parseStateObject(text.slice(begin, end));
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/**
 * A text that no core takes for a state object: behind each brace that begins what could be one stands a zero-width space. Text
 * without such is answered as it is.
 */
export function escapeStateJson(text: string): string {
  let escaped = "";
  let from = 0;
  for (const [begin] of statePlaces(text)) {
    // A text that was escaped before stays as it is.
    if (text[begin + 1] !== "\u200b") {
      escaped += `${text.slice(from, begin + 1)}\u200b`;
      from = begin + 1;
    }
  }
  escaped += text.slice(from);
  // The whole text may be a state object that has braces within.
  return parseStateObject(escaped) === undefined ? escaped : escaped.replace("{", "{\u200b");
}

/** From where to where each match of the regular expression goes. */
export function* statePlaces(text: string): Generator<readonly [begin: number, end: number]> {
  let begin = -1;
  // The next `"state"` from `begin` on; found once and kept until the walk has passed it.
  let key = text.indexOf(stateKey);
  for (let at = nextBrace(text, 0); at >= 0 && key >= 0; at = nextBrace(text, at + 1)) {
    if (text[at] === "{") {
      begin = at;
      continue;
    }
    if (begin >= 0) {
      key = key < begin ? text.indexOf(stateKey, begin) : key;
      if (key >= 0 && key < at) {
        yield [begin, at + 1];
      }
    }
    begin = -1;
  }
}

const stateKey = '"state"';

function nextBrace(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x7b || code === 0x7d) {
      return at;
    }
  }
  return -1;
}

/** JSON of Python also has NaN and Infinity; a text with these is not taken for a state object here. */
function parseStateObject(text: string): StateObject | undefined {
  if (!text.includes("{")) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    return isStateObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isStateObject = (value: unknown): value is StateObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, "state");

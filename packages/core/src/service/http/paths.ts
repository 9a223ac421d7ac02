// Which routes stand at a path. Paths are matched segment by segment, and one with fewer parameters goes before.
import { addRoute, createRouter, findRoute } from "rou3";

/** What stands at a path, and the parameters of that. */
export interface FoundPath<Item> {
  readonly item: Item;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds by path. */
export interface PathTable<Item> {
  find(path: string): FoundPath<Item> | undefined;
}

/** A parameter in braces, as `{id}`. */
const parameter = /\{(\w+)\}/g;

/**
 * Makes the table. A parameter takes one segment, or the part of it before a fixed end: of `/tasks/a:b:cancel`,
 * `/tasks/{id}:cancel` takes `a:b`. A path with a slash at its end is another path.
 */
export function createPathTable<Item>(items: ReadonlyMap<string, Item>): PathTable<Item> {
  /** Paths without parameters: for these nothing needs to be matched. */
  const fixed = new Map<string, FoundPath<Item>>();
  const patterns = createRouter<Item>();
  for (const [path, item] of items) {
    if (path.includes("{")) {
      addRoute(patterns, "", patternOf(path), item);
    } else {
      fixed.set(path, { item, params: {} });
    }
  }
  return {
    find(path) {
      const asSent = fixed.get(path);
      if (asSent !== undefined) {
        return asSent;
      }
      const plain = path.includes("%") ? decoded(path, decodeURI, "%25") : path;
      const found = fixed.get(plain);
      if (found !== undefined || plain.endsWith("/")) {
        return found;
      }
      const matched = findRoute(patterns, "", plain);
      return matched === undefined
        ? undefined
        : { item: matched.data, params: decodedValues(matched.params ?? {}) };
    },
  };
}

/** In the router's own spelling, in which everything but letters and the like may mean something. */
function patternOf(path: string): string {
  let pattern = "";
  let at = 0;
  for (const match of path.matchAll(parameter)) {
    pattern += `${escaped(path.slice(at, match.index))}:${match[1]}`;
    at = match.index + match[0].length;
  }
  return pattern + escaped(path.slice(at));
}

function escaped(text: string): string {
  return text.replace(/[^\w/.~-]/g, "\\$&");
}

function decodedValues(params: Readonly<Record<string, string>>): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name in params) {
    const value = params[name] ?? "";
    values[name] = value.includes("%") ? decoded(value, decodeURIComponent) : value;
  }
  return values;
}

/** Decodes what can be; an escape that is none stays as it is, and so does `kept`, which is decoded with the values. */
function decoded(text: string, decode: (text: string) => string, kept?: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decode(kept === undefined ? escapes : escapes.replaceAll(kept, "%2525"));
    } catch {
      return escapes;
    }
  });
}

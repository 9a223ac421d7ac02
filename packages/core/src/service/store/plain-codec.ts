// Plain values as JSON text that gives them back exactly, bytes included; a large one in pieces.
import type { RecordCodec } from "./record-codec.ts";

/** Objects with one of these keys are written so that nobody takes them for something else. */
const bytesKey = "$bytes";
const entriesKey = "$entries";

/**
 * A plain value as JSON text: objects, arrays, strings, finite numbers, booleans, null, and `Uint8Array`s. A property
 * that is `undefined` is left out.
 *
 * @throws {TypeError} for anything that JSON would change without a word: `NaN`, `Infinity`, maps, sets, dates, bigints
 */
export function encodePlain(value: unknown): string {
  return JSON.stringify(needsCare(value) ? withCare(value) : value);
}

/** The value that {@link encodePlain} wrote. */
export function decodePlain(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return text.includes('"$') ? revived(value) : value;
}

/** Records of plain values. */
export const plainCodec = <Record>(): RecordCodec<Record> => ({
  encode: encodePlain,
  decode: (stored) => decodePlain(String(stored)) as Record,
});

/** Records that JSON gives back as they are, without bytes and without numbers that it lacks: nothing is looked at twice. */
export const jsonCodec = <Record>(): RecordCodec<Record> => ({
  encode: (record) => JSON.stringify(record),
  decode: (stored) => JSON.parse(String(stored)) as Record,
});

/** A piece ends after so many items of a list, or before so many characters: some milliseconds of encoding at most. */
const itemsPerPiece = 1_000;
const charactersPerPiece = 1 << 18;

/**
 * A state in pieces that can be made and written one by one: an object first, in which lists are empty, then what belongs
 * into these lists, a few items at a time; a single item is never cut. Only lists directly below the top are. Items with
 * the same members are written as a table: `[list, members, rows]`; others as they are: `[list, items]`.
 */
export function* encodePieces(state: unknown): Generator<string> {
  if (!isObject(state)) {
    yield encodePlain(state);
    return;
  }
  const entries = Object.entries(state);
  yield encodePlain(
    Object.fromEntries(entries.map(([key, value]) => [key, Array.isArray(value) ? [] : value])),
  );
  for (const [key, value] of entries) {
    if (Array.isArray(value)) {
      yield* encodeItems(key, value);
    }
  }
}

function* encodeItems(key: string, list: readonly unknown[]): Generator<string> {
  const name = JSON.stringify(key);
  /** What every item has so far; undefined from the first on that has not. */
  let members = membersOf(list[0]);
  let items: string[] = [];
  let length = 0;
  const piece = (): string => {
    const text = `[${items.join(",")}]`;
    items = [];
    length = 0;
    return members === undefined ? `[${name},${text}]` : `[${name},${JSON.stringify(members)},${text}]`;
  };
  for (const item of list) {
    const row = members && rowOf(item, members);
    if (members !== undefined && row === undefined) {
      if (items.length > 0) {
        yield piece();
      }
      members = undefined;
    }
    const text = item === undefined ? "null" : encodePlain(row ?? item);
    const isFull = items.length === itemsPerPiece || length + text.length > charactersPerPiece;
    if (isFull && items.length > 0) {
      yield piece();
    }
    items.push(text);
    length += text.length;
  }
  if (items.length > 0) {
    yield piece();
  }
}

/** The members that a table would have; undefined for what does not go into one. */
function membersOf(item: unknown): readonly string[] | undefined {
  if (!isObject(item) || bytesKey in item || entriesKey in item) {
    return undefined;
  }
  const members = Object.keys(item);
  return members.length > 0 ? members : undefined;
}

/** The values of an item that has these members, in this order, and no other. */
function rowOf(item: unknown, members: readonly string[]): readonly unknown[] | undefined {
  if (!isObject(item)) {
    return undefined;
  }
  const row: unknown[] = [];
  for (const name in item) {
    const value = item[name];
    if (name !== members[row.length] || value === undefined) {
      return undefined;
    }
    row.push(value);
  }
  return row.length === members.length ? row : undefined;
}

const isObject = (item: unknown): item is Readonly<Record<string, unknown>> =>
  typeof item === "object" && item !== null && !Array.isArray(item) && !(item instanceof Uint8Array);

/** The state that {@link encodePieces} took apart. */
export function decodePieces(pieces: Iterable<string>): unknown {
  let state: unknown;
  let first = true;
  for (const piece of pieces) {
    const value = decodePlain(piece);
    if (first) {
      state = value;
      first = false;
    } else {
      const [key, ...content] = value as readonly [string, ...Content];
      const list = (state as Readonly<Record<string, unknown[]>>)[key];
      for (const item of itemsOf(content)) {
        list?.push(item);
      }
    }
  }
  return state;
}

type Content =
  | readonly [items: readonly unknown[]]
  | readonly [members: readonly string[], rows: readonly (readonly unknown[])[]];

function* itemsOf([first, rows]: Content): Generator<unknown> {
  if (rows === undefined) {
    yield* first;
    return;
  }
  for (const row of rows) {
    yield Object.fromEntries(first.map((member, index) => [member, row[index]]));
  }
}

/** A walk is much cheaper than a replacer: only values that need it are copied. */
function needsCare(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return false;
    case "number":
      if (!Number.isFinite(value)) {
        throw new TypeError(`${value} cannot be stored as JSON`);
      }
      return false;
    case "object":
      break;
    default:
      throw new TypeError(`a ${typeof value} cannot be stored as JSON`);
  }
  if (value === null) {
    return false;
  }
  if (Array.isArray(value)) {
    let care = false;
    for (const item of value) {
      care = needsCare(item) || care;
    }
    return care;
  }
  if (value instanceof Uint8Array) {
    return true;
  }
  if (value instanceof Map || value instanceof Set || value instanceof Date || ArrayBuffer.isView(value)) {
    throw new TypeError(`a ${value.constructor.name} cannot be stored as JSON`);
  }
  let care = false;
  for (const key in value) {
    const special = key === bytesKey || key === entriesKey;
    care = needsCare((value as Readonly<Record<string, unknown>>)[key]) || special || care;
  }
  return care;
}

function withCare(value: unknown): unknown {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (value instanceof Uint8Array) {
    return {
      [bytesKey]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64"),
    };
  }
  if (Array.isArray(value)) {
    return value.map(withCare);
  }
  const entries = Object.entries(value).map(([key, item]) => [key, withCare(item)] as const);
  return bytesKey in value || entriesKey in value ? { [entriesKey]: entries } : Object.fromEntries(entries);
}

function revived(value: unknown): unknown {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(revived);
  }
  if (bytesKey in value && typeof value[bytesKey] === "string") {
    return new Uint8Array(Buffer.from(value[bytesKey], "base64"));
  }
  if (entriesKey in value && Array.isArray(value[entriesKey])) {
    const entries = value[entriesKey] as (readonly [string, unknown])[];
    return Object.fromEntries(entries.map(([key, item]) => [key, revived(item)]));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revived(item)]));
}

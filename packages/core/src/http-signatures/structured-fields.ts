// Reads the structured fields (RFC 8941) that signatures travel in: dictionaries of inner lists, strings, bytes and tokens.

/** What a parameter or item may be. */
export type BareItem =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "token"; readonly value: string }
  | { readonly kind: "bytes"; readonly base64: string }
  | { readonly kind: "integer"; readonly value: number }
  | { readonly kind: "boolean"; readonly value: boolean };

export type Parameters = ReadonlyMap<string, BareItem>;

/** One item, or the items of an inner list, with the text from which it was read. */
export type DictionaryMember =
  | { readonly kind: "item"; readonly item: BareItem; readonly params: Parameters; readonly text: string }
  | {
      readonly kind: "list";
      readonly items: readonly { readonly item: BareItem; readonly params: Parameters }[];
      readonly params: Parameters;
      readonly text: string;
    };

/** The members of a dictionary field, or `undefined` if it is none. Of equal keys the last wins. */
export function parseDictionary(field: string): ReadonlyMap<string, DictionaryMember> | undefined {
  const members = new Map<string, DictionaryMember>();
  const reader = createReader(field);
  reader.spaces();
  while (!reader.atEnd()) {
    const key = reader.match(keyPattern);
    if (key === undefined) {
      return undefined;
    }
    const start = reader.position + 1;
    const member = reader.eat("=") ? readMember(reader, start) : readFlag(reader);
    if (member === undefined) {
      return undefined;
    }
    members.set(key, member);
    reader.spaces();
    if (reader.atEnd()) {
      return members;
    }
    if (!reader.eat(",")) {
      return undefined;
    }
    reader.spaces();
    if (reader.atEnd()) {
      return undefined;
    }
  }
  return members;
}

const keyPattern = /[a-z*][a-z0-9_.*-]*/y;
const stringPattern = /"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y;
const bytesPattern = /:([A-Za-z0-9+/=]*):/y;
const integerPattern = /-?\d{1,15}(?![\d.])/y;
const booleanPattern = /\?[01]/y;
const tokenPattern = /[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*/y;

interface Reader {
  readonly position: number;
  atEnd(): boolean;
  spaces(): void;
  eat(character: string): boolean;
  /** The first group of a sticky pattern, or the whole match if it has none. */
  match(pattern: RegExp): string | undefined;
  since(start: number): string;
}

function createReader(text: string): Reader {
  let position = 0;
  return {
    get position(): number {
      return position;
    },
    atEnd: () => position >= text.length,
    spaces(): void {
      while (text[position] === " " || text[position] === "\t") {
        position += 1;
      }
    },
    eat(character: string): boolean {
      const isNext = text[position] === character;
      position += isNext ? 1 : 0;
      return isNext;
    },
    match(pattern: RegExp): string | undefined {
      pattern.lastIndex = position;
      const found = pattern.exec(text);
      if (found === null) {
        return undefined;
      }
      position = pattern.lastIndex;
      return found[1] ?? found[0];
    },
    since: (start) => text.slice(start, position),
  };
}

function readFlag(reader: Reader): DictionaryMember | undefined {
  const start = reader.position;
  const params = readParameters(reader);
  return (
    params && { kind: "item", item: { kind: "boolean", value: true }, params, text: reader.since(start) }
  );
}

function readMember(reader: Reader, start: number): DictionaryMember | undefined {
  if (!reader.eat("(")) {
    const item = readItem(reader);
    const params = item && readParameters(reader);
    return item && params && { kind: "item", item, params, text: reader.since(start) };
  }
  const items: { readonly item: BareItem; readonly params: Parameters }[] = [];
  for (;;) {
    reader.spaces();
    if (reader.eat(")")) {
      const params = readParameters(reader);
      return params && { kind: "list", items, params, text: reader.since(start) };
    }
    const item = readItem(reader);
    const params = item && readParameters(reader);
    if (item === undefined || params === undefined) {
      return undefined;
    }
    items.push({ item, params });
  }
}

function readParameters(reader: Reader): Parameters | undefined {
  const params = new Map<string, BareItem>();
  while (reader.eat(";")) {
    reader.spaces();
    const key = reader.match(keyPattern);
    const value: BareItem | undefined = reader.eat("=") ? readItem(reader) : { kind: "boolean", value: true };
    if (key === undefined || value === undefined) {
      return undefined;
    }
    params.set(key, value);
  }
  return params;
}

function readItem(reader: Reader): BareItem | undefined {
  const string = reader.match(stringPattern);
  if (string !== undefined) {
    return { kind: "string", value: string.replaceAll(/\\(.)/g, "$1") };
  }
  const base64 = reader.match(bytesPattern);
  if (base64 !== undefined) {
    return { kind: "bytes", base64 };
  }
  const integer = reader.match(integerPattern);
  if (integer !== undefined) {
    return { kind: "integer", value: Number(integer) };
  }
  const boolean = reader.match(booleanPattern);
  if (boolean !== undefined) {
    return { kind: "boolean", value: boolean === "?1" };
  }
  const token = reader.match(tokenPattern);
  return token === undefined ? undefined : { kind: "token", value: token };
}

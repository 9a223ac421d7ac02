// Payloads over gRPC: a JSON object inside an Any, as google.protobuf.Struct in requests and as JSON bytes in answers.

import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type Body, isBody, parseBody } from "./body.ts";

/** The parts of google.protobuf.Any. */
export interface AnyParts {
  readonly typeUrl: string;
  readonly value: Uint8Array<ArrayBuffer>;
}

const structUrl = "type.googleapis.com/google.protobuf.Struct";
const responseUrl = "type.googleapis.com/openagents.EventResponseData";

/** Deeper values are refused: the other end's parser would refuse the whole message. */
const deepest = 64;

/** The payload of a request. @throws TypeError, RangeError for what a Struct cannot say */
export function packPayload(payload: Body): AnyParts {
  const writer = new BinaryWriter();
  writeStruct(writer, payload, 0);
  return { typeUrl: structUrl, value: writer.finish() };
}

/** The data of an answer; `undefined` for none and for an empty object, which have the same form. */
export function packData(data: Body | null | undefined): AnyParts | undefined {
  if (data === null || data === undefined || Object.keys(data).length === 0) {
    return undefined;
  }
  return packDataText(JSON.stringify(data));
}

/** The same for data that is a JSON text already. */
export const packDataText = (json: string): AnyParts => ({
  typeUrl: responseUrl,
  value: new TextEncoder().encode(json),
});

/** Whether an Any holds a Struct; others hold JSON, or nothing that is known. */
export const isStruct = (any: Pick<AnyParts, "typeUrl">): boolean =>
  any.typeUrl.endsWith("google.protobuf.Struct");

/** The object in an Any, a Struct or JSON; `undefined` if it holds none. */
export function unpackAny(any: Pick<AnyParts, "typeUrl"> & { readonly value: Uint8Array }): Body | undefined {
  try {
    return isStruct(any)
      ? readStruct(new BinaryReader(any.value), any.value.length, 0)
      : parseBody(new TextDecoder().decode(any.value));
  } catch {
    return undefined;
  }
}

// struct.proto: Struct { fields 1: map<string, Value> }, ListValue { values 1: repeated Value }, Value { one of null 1, number 2,
// string 3, bool 4, struct 5, list 6 }.

function writeStruct(writer: BinaryWriter, body: Body, depth: number): void {
  if (depth > deepest) {
    throw new RangeError(`a payload may be nested ${deepest} deep`);
  }
  for (const name of Object.keys(body)) {
    const value = plainOf(body[name]);
    if (value !== undefined) {
      writer.tag(1, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).string(name);
      writer.tag(2, WireType.LengthDelimited).fork();
      writeValue(writer, value, depth);
      writer.join().join();
    }
  }
}

function writeValue(writer: BinaryWriter, value: unknown, depth: number): void {
  switch (typeof value) {
    case "number":
      if (Number.isFinite(value)) {
        writer.tag(2, WireType.Bit64).double(value);
      } else {
        writer.tag(1, WireType.Varint).int32(0);
      }
      return;
    case "string":
      writer.tag(3, WireType.LengthDelimited).string(value);
      return;
    case "boolean":
      writer.tag(4, WireType.Varint).bool(value);
      return;
  }
  if (Array.isArray(value)) {
    if (depth > deepest) {
      throw new RangeError(`a payload may be nested ${deepest} deep`);
    }
    writer.tag(6, WireType.LengthDelimited).fork();
    for (const item of value) {
      writer.tag(1, WireType.LengthDelimited).fork();
      writeValue(writer, plainOf(item) ?? null, depth + 1);
      writer.join();
    }
    writer.join();
  } else if (isBody(value)) {
    writer.tag(5, WireType.LengthDelimited).fork();
    writeStruct(writer, value, depth + 1);
    writer.join();
  } else {
    writer.tag(1, WireType.Varint).int32(0);
  }
}

/** What `JSON.stringify` would write of a value; `undefined` for what it leaves out. */
function plainOf(value: unknown): unknown {
  if (
    typeof value === "object" &&
    value !== null &&
    "toJSON" in value &&
    typeof value.toJSON === "function"
  ) {
    return value.toJSON();
  }
  if (typeof value === "bigint") {
    throw new TypeError("a payload may not hold a bigint: write it as a string");
  }
  return typeof value === "function" || typeof value === "symbol" ? undefined : value;
}

function readStruct(reader: BinaryReader, end: number, depth: number): Body {
  const body: Record<string, unknown> = {};
  eachField(reader, end, depth, (field, wireType) => {
    if (field !== 1 || wireType !== WireType.LengthDelimited) {
      return false;
    }
    const entryEnd = reader.uint32() + reader.pos;
    let name = "";
    let value: unknown = null;
    eachField(reader, entryEnd, depth, (part, type) => {
      if (type !== WireType.LengthDelimited) {
        return false;
      }
      if (part === 1) {
        name = reader.string();
        return true;
      }
      if (part === 2) {
        value = readValue(reader, reader.uint32() + reader.pos, depth);
        return true;
      }
      return false;
    });
    // Assigning to `__proto__` would change the object instead of giving it a member.
    Object.defineProperty(body, name, { value, enumerable: true, configurable: true, writable: true });
    return true;
  });
  return body;
}

function readValue(reader: BinaryReader, end: number, depth: number): unknown {
  let value: unknown = null;
  eachField(reader, end, depth, (field, wireType) => {
    switch (field * 8 + wireType) {
      case 1 * 8 + WireType.Varint:
        reader.int32();
        value = null;
        return true;
      case 2 * 8 + WireType.Bit64:
        value = reader.double();
        return true;
      case 3 * 8 + WireType.LengthDelimited:
        value = reader.string();
        return true;
      case 4 * 8 + WireType.Varint:
        value = reader.bool();
        return true;
      case 5 * 8 + WireType.LengthDelimited:
        value = readStruct(reader, reader.uint32() + reader.pos, depth + 1);
        return true;
      case 6 * 8 + WireType.LengthDelimited: {
        const items: unknown[] = [];
        eachField(reader, reader.uint32() + reader.pos, depth + 1, (item, type) => {
          if (item !== 1 || type !== WireType.LengthDelimited) {
            return false;
          }
          items.push(readValue(reader, reader.uint32() + reader.pos, depth + 1));
          return true;
        });
        value = items;
        return true;
      }
      default:
        return false;
    }
  });
  return value;
}

/** Reads fields up to an end; `read` answers whether it has taken the field, else it is skipped. */
function eachField(
  reader: BinaryReader,
  end: number,
  depth: number,
  read: (field: number, wireType: WireType) => boolean,
): void {
  if (depth > deepest || end > reader.len) {
    throw new RangeError("no Struct");
  }
  while (reader.pos < end) {
    const [field, wireType] = reader.tag();
    if (!read(field, wireType)) {
      reader.skip(wireType, field);
    }
  }
}

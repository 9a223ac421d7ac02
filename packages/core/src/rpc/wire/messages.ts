// From message to frame and back, with the limits and compression of one transport or server.

import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { compress, defaultCompressMinBytes, type MessageEncoding } from "./compression.ts";
import { frame, prefixBytes } from "./frames.ts";

/** A whole message of whatever type. */
export type AnyMessage = MessageShape<DescMessage>;
/** What a message of whatever type can be made from. */
export type AnyMessageInit = MessageInitShape<DescMessage>;

/** How the messages of one stream are written. */
export interface WriteRules {
  readonly encoding: MessageEncoding;
  readonly compressMinBytes: number;
  readonly maxBytes: number;
}

/** Default limit of a message in either direction, in bytes: 4 MiB, as in other gRPC implementations. */
export const defaultMaxBytes: number = 4 * 1_024 * 1_024;

/** What the four bytes of a frame's length can say: no limit of ours. */
export const noLimitBytes = 0xffff_ffff;

/** Rules without compression. */
export function plainRules(maxBytes: number): WriteRules {
  return { encoding: "identity", compressMinBytes: defaultCompressMinBytes, maxBytes };
}

interface Encoded {
  /** Length of the message before compression, in bytes. */
  readonly bytes: number;
  readonly plain: Buffer;
  zipped?: Buffer;
}

const encodedOnce = new WeakMap<object, Encoded>();

/**
 * Serialises a message now and remembers the frame for as long as the message lives, so that a message sent to many
 * streams is encoded once. The message must not be changed afterwards: what is sent is what it was now.
 *
 * @returns the message itself, for `yield encodeOnce(schema, message)`.
 */
export function encodeOnce<D extends DescMessage>(schema: D, message: MessageInitShape<D>): MessageShape<D> {
  const whole = create(schema, message);
  if (!encodedOnce.has(whole)) {
    const bytes = toBinary(schema, whole);
    encodedOnce.set(whole, { bytes: bytes.length, plain: frame(bytes, false) });
  }
  return whole;
}

/**
 * The frame of a message, ready to be written.
 *
 * @throws ConnectError `resource_exhausted` above the limit, `internal` for a message that does not fit its schema.
 */
export function encodeFrame(schema: DescMessage, message: AnyMessageInit, rules: WriteRules): Buffer {
  const shared = encodedOnce.get(message);
  if (shared !== undefined) {
    checkSize(shared.bytes, rules.maxBytes);
    if (!wantsCompression(shared.bytes, rules)) {
      return shared.plain;
    }
    shared.zipped ??= zip(shared.plain.subarray(prefixBytes));
    return shared.zipped;
  }
  const bytes = serialise(schema, message);
  checkSize(bytes.length, rules.maxBytes);
  return wantsCompression(bytes.length, rules) ? zip(bytes) : frame(bytes, false);
}

function serialise(schema: DescMessage, message: AnyMessageInit): Uint8Array {
  try {
    return toBinary(schema, create(schema, message));
  } catch (error) {
    throw new ConnectError(`cannot serialise ${schema.typeName}`, Code.Internal, undefined, undefined, error);
  }
}

function wantsCompression(bytes: number, rules: WriteRules): boolean {
  return rules.encoding === "gzip" && bytes >= rules.compressMinBytes;
}

function zip(bytes: Uint8Array): Buffer {
  return frame(compress(bytes), true);
}

function checkSize(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) {
    throw new ConnectError(
      `message of ${bytes} bytes is larger than the limit of ${maxBytes}; it was not sent`,
      Code.ResourceExhausted,
    );
  }
}

/**
 * The message in a payload.
 *
 * @throws ConnectError `internal` for bytes that are no such message.
 */
export function decodeMessage<D extends DescMessage>(schema: D, payload: Uint8Array): MessageShape<D> {
  try {
    return fromBinary(schema, payload);
  } catch (error) {
    throw new ConnectError(
      `received bytes that are no ${schema.typeName}`,
      Code.Internal,
      undefined,
      undefined,
      error,
    );
  }
}

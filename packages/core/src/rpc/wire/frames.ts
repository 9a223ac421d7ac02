// gRPC's length-prefixed messages: one byte of flags, four bytes of length, then the message.

import { Code, ConnectError } from "@connectrpc/connect";

/** Length of the prefix before each message, in bytes. */
export const prefixBytes = 5;

/** Puts the prefix before one message. The result is a copy: it shares no memory with `message`. */
export function frame(message: Uint8Array, compressed: boolean): Buffer {
  const framed = Buffer.allocUnsafe(prefixBytes + message.length);
  framed[0] = compressed ? 1 : 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, prefixBytes);
  return framed;
}

/** Shared by all readers that hold no unfinished message, which is most of them at most times; never written to. */
const nothing: Uint8Array = new Uint8Array(0);

/** What an unfinished message takes at first; it doubles from there, up to the length that it announced. */
const firstBytes = 1_024;

/** What a {@link FrameReader} hands on. */
export interface FrameSink {
  /** One whole message. `payload` belongs to the sink: it shares no memory with the connection. */
  onFrame(payload: Uint8Array, compressed: boolean): void;
}

/**
 * Cuts the chunks of one stream into messages. An unfinished message is gathered in one buffer, so that it costs about as
 * many bytes as it has, in however many chunks it comes.
 */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #sink: FrameSink;
  #gathered: Uint8Array = nothing;
  #bufferedBytes = 0;
  #neededBytes = prefixBytes;

  /** @param maxBytes longest message accepted, as sent. */
  constructor(maxBytes: number, sink: FrameSink) {
    this.#maxBytes = maxBytes;
    this.#sink = sink;
  }

  /** True when the stream stopped inside a message. */
  get unfinished(): boolean {
    return this.#bufferedBytes > 0;
  }

  /** What an unfinished message has taken so far, in bytes. */
  get gatheredBytes(): number {
    return this.#gathered.length;
  }

  /** Lets go of what it holds; nothing more is pushed. */
  discard(): void {
    this.#gathered = nothing;
    this.#bufferedBytes = 0;
  }

  /**
   * Takes the next chunk and hands each message it completes to the sink.
   *
   * @throws ConnectError `resource_exhausted` for a message above the limit, `internal` for unknown flags.
   */
  push(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.#bufferedBytes > 0) {
      this.#gather(chunk);
      if (this.#bufferedBytes < this.#neededBytes) {
        return;
      }
      bytes = this.#gathered.subarray(0, this.#bufferedBytes);
      this.#gathered = nothing;
      this.#bufferedBytes = 0;
    }
    const offset = this.#cut(bytes);
    if (offset < bytes.length) {
      this.#gather(bytes.subarray(offset));
    }
  }

  #gather(bytes: Uint8Array): void {
    const size = this.#bufferedBytes + bytes.length;
    if (size > this.#gathered.length) {
      const doubled = Math.max(firstBytes, 2 * this.#gathered.length);
      const grown = Buffer.allocUnsafeSlow(Math.max(size, Math.min(doubled, this.#neededBytes)));
      grown.set(this.#gathered.subarray(0, this.#bufferedBytes));
      this.#gathered = grown;
    }
    this.#gathered.set(bytes, this.#bufferedBytes);
    this.#bufferedBytes = size;
  }

  /** Hands on all whole messages and returns where the unfinished rest begins. */
  #cut(bytes: Uint8Array): number {
    let offset = 0;
    this.#neededBytes = prefixBytes;
    while (bytes.length - offset >= prefixBytes) {
      const flags = bytes[offset] ?? 0;
      const length = readUint32(bytes, offset + 1);
      if (flags > 1) {
        throw new ConnectError(`message with unknown flags 0x${flags.toString(16)}`, Code.Internal);
      }
      if (length > this.#maxBytes) {
        throw messageTooLarge(length, this.#maxBytes);
      }
      const end = offset + prefixBytes + length;
      if (end > bytes.length) {
        this.#neededBytes = prefixBytes + length;
        break;
      }
      // A copy, not a view: decoded `bytes` fields point into it, and a view would keep the whole read buffer alive.
      this.#sink.onFrame(new Uint8Array(bytes.subarray(offset + prefixBytes, end)), flags === 1);
      offset = end;
    }
    return offset;
  }
}

function readUint32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return a * 0x1000000 + ((b << 16) | (c << 8) | d);
}

/** The error for a received message above the limit. */
export function messageTooLarge(bytes: number, maxBytes: number): ConnectError {
  return new ConnectError(
    `received message of ${bytes} bytes, larger than the limit of ${maxBytes}`,
    Code.ResourceExhausted,
  );
}

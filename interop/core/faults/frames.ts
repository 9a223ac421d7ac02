// HTTP/2 and gRPC by hand: frames and messages that no library would write.
import type { EventEmitter } from "node:events";
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  type SecureClientSessionOptions,
} from "node:http2";
import { connect, type Socket } from "node:net";

export const frameType = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, continuation: 9 };
/** The flags END_STREAM (and ACK) and END_HEADERS. */
export const endStream = 1;
export const endHeaders = 4;

/** What takes longer is given up. */
const callMs = 10_000;

/** One frame of HTTP/2. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A SETTINGS frame of identifiers and values. */
export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(pairs.length * 6);
  for (const [index, [id, value]] of pairs.entries()) {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return frame(frameType.settings, 0, 0, payload);
}

export const settingsAck: Buffer = frame(frameType.settings, 1, 0);
export const ping: Buffer = frame(frameType.ping, 0, 0, Buffer.alloc(8));
/** CANCEL. */
export const reset = (stream: number): Buffer => frame(frameType.reset, 0, stream, Buffer.from([0, 0, 0, 8]));

/** A GOAWAY that admits no stream. */
export function goaway(code: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(code, 4);
  return frame(frameType.goaway, 0, 0, payload);
}

/** A length-prefixed message of gRPC. */
export function message(bytes: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** A field that is not indexed, its texts shorter than 127. */
export function headerField(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

/** The head of a gRPC call: POST and http from the static table, the rest written out. */
export function callHead(path: string): Buffer {
  return Buffer.concat([
    Buffer.from([0x83, 0x86]),
    headerField(":path", path),
    headerField(":authority", "a"),
    headerField("content-type", "application/grpc"),
    headerField("te", "trailers"),
  ]);
}

const opening = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), settings(), settingsAck]);

/** Resolves when an event has come, or none can come any more, or it was waited for long enough. */
export function eventOrEnd(emitter: EventEmitter, event: string, withinMs = callMs): Promise<void> {
  return new Promise((resolve) => {
    const settled = (): void => {
      clearTimeout(giveUp);
      emitter.off(event, settled);
      emitter.off("close", settled);
      resolve();
    };
    const giveUp = setTimeout(settled, Math.max(1, withinMs));
    emitter.once(event, settled);
    emitter.once("close", settled);
  });
}

/** A connection that has said hello, and whose every byte from now on is ours. It reads nothing by itself. */
export async function openRaw(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => {});
  await eventOrEnd(socket, "connect");
  socket.write(opening);
  return socket;
}

/** Writes, and waits until the other end takes more or is gone, but no longer than that. */
export async function writeOut(socket: Socket, bytes: Uint8Array, withinMs: number): Promise<void> {
  if (!socket.destroyed && !socket.write(bytes)) {
    await eventOrEnd(socket, "drain", withinMs);
  }
}

/** A session of Node's, whose errors are nobody's. */
export async function openSession(
  port: number,
  options: SecureClientSessionOptions = {},
): Promise<ClientHttp2Session> {
  const session = connectHttp2(`http://127.0.0.1:${port}`, options);
  session.on("error", () => {});
  await eventOrEnd(session, "remoteSettings");
  return session;
}

export interface RawAnswer {
  readonly http: number | undefined;
  readonly status: number | undefined;
  /** The message of the status, or the first of the body where there is no status. */
  readonly said: string;
}

/** One call with a body of any bytes; ends with its stream, whatever became of it. */
export function rawCall(
  session: ClientHttp2Session,
  path: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  withinMs = callMs,
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    let seen: Record<string, unknown> = {};
    const add = (fields: object): void => {
      seen = { ...seen, ...fields };
    };
    stream.on("response", add);
    stream.on("trailers", add);
    stream.on("error", () => {});
    let text = "";
    stream.on("data", (bytes: Buffer) => {
      text += text.length < 300 ? bytes.toString("latin1") : "";
    });
    const giveUp = setTimeout(() => stream.close(8), withinMs);
    stream.once("close", () => {
      clearTimeout(giveUp);
      resolve({
        http: seen[":status"] === undefined ? undefined : Number(seen[":status"]),
        status: seen["grpc-status"] === undefined ? undefined : Number(seen["grpc-status"]),
        said:
          seen["grpc-status"] === undefined ? text : decodeURIComponent(String(seen["grpc-message"] ?? "")),
      });
    });
    stream.end(body);
  });
}

// HTTP/2 by hand, for peers that misbehave: frames, and sockets that send just what a test wants.

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { cleanup } from "./fixture.ts";

export const preface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** Types of frames (RFC 9113, section 6). */
export const frameType = { headers: 1, rstStream: 3, settings: 4, ping: 6, goaway: 7 } as const;

export function rawFrame(
  type: number,
  flags: number,
  streamId: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

export const emptySettings: Buffer = rawFrame(frameType.settings, 0, 0);
export const settingsAck: Buffer = rawFrame(frameType.settings, 1, 0);

export function goaway(lastStreamId: number, code: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(lastStreamId, 0);
  payload.writeUInt32BE(code, 4);
  return rawFrame(frameType.goaway, 0, 0, payload);
}

export function rstStream(streamId: number, code: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code, 0);
  return rawFrame(frameType.rstStream, 0, streamId, payload);
}

/** A frame that arrived. */
export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** Cuts what a socket receives into frames. */
export function onFrames(socket: Socket, skip: number, onFrame: (frame: RawFrame) => void): void {
  let rest = Buffer.alloc(0);
  let left = skip;
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    const skipped = Math.min(left, rest.length);
    rest = rest.subarray(skipped);
    left -= skipped;
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const end = 9 + rest.readUIntBE(0, 3);
      onFrame({
        type: rest[3] ?? 0,
        flags: rest[4] ?? 0,
        streamId: rest.readUInt32BE(5) & 0x7fff_ffff,
        payload: rest.subarray(9, end),
      });
      rest = rest.subarray(end);
    }
  });
}

/** A server that does with each connection what the test says; returns its base URL. */
export async function rawServer(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup(async () => {
    for (const socket of sockets) {
      socket.destroy();
    }
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

/** A server that speaks HTTP/2 by hand: settings at once, then each frame to the test. */
export function rawHttp2Server(
  onFrame: (socket: Socket, frame: RawFrame, connection: number) => void,
): Promise<string> {
  let connections = 0;
  return rawServer((socket) => {
    connections++;
    const connection = connections;
    socket.write(emptySettings);
    onFrames(socket, preface.length, (frame) => onFrame(socket, frame, connection));
  });
}

/** A connection to a server, with nothing sent. */
export async function rawClient(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  cleanup(() => {
    socket.destroy();
  });
  return socket;
}

/** The frame of one uncompressed message. */
export function createRequestFrame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

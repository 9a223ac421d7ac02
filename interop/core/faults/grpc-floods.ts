// Floods against the daemon, one after another, while an honest client is served.
import type { ClientHttp2Stream } from "node:http2";
import { connect, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { FindRequestSchema, GetAgentRequestSchema, ListPoliciesRequestSchema } from "@x/agentkeeper/proto";
import { type Attack, scaled } from "./checks.ts";
import {
  callHead,
  endHeaders,
  endStream,
  eventOrEnd,
  frame,
  frameType,
  headerField,
  message,
  openRaw,
  openSession,
  ping,
  rawCall,
  reset,
  settings,
  writeOut,
} from "./frames.ts";
import { besideHonest } from "./honest.ts";
import { clientOf, type Server, startServer } from "./servers.ts";

/** Answers how much of it was done. */
type Flood = (server: Server, until: number) => Promise<number>;

const registry = "/agentkeeper.v1.RegistryService";
const asking = message(
  toBinary(GetAgentRequestSchema, create(GetAgentRequestSchema, { agentId: "a".repeat(200) })),
);
const searching = message(
  toBinary(FindRequestSchema, create(FindRequestSchema, { query: "word ".repeat(1_000), limit: 1_000 })),
);
/** What one connection may leave unread at most, before it is given up for another. */
const unreadBytes = 8_000_000;

interface Pouring {
  readonly reads?: boolean;
  readonly perWrite?: number;
  /** What is written first on each connection. */
  readonly before?: Uint8Array;
}

const nothing = new Uint8Array();

/** Writes what `next` says for as long as there is time, on a new connection whenever the daemon has ended one. */
async function pour(
  { port }: Server,
  until: number,
  next: (stream: number) => Buffer,
  { reads = true, perWrite = 1, before = nothing }: Pouring = {},
): Promise<number> {
  let count = 0;
  while (count === 0 || Date.now() < until) {
    const socket = await openRaw(port);
    if (reads) {
      socket.resume();
    }
    socket.write(before);
    for (let stream = 1; !socket.destroyed && (count === 0 || Date.now() < until) && stream < 2 ** 30; ) {
      const frames: Buffer[] = [];
      for (let index = 0; index < perWrite; index += 1) {
        frames.push(next(stream));
        stream += 2;
      }
      count += perWrite;
      if (reads) {
        await writeOut(socket, Buffer.concat(frames), until - Date.now());
      } else if (socket.writableLength > unreadBytes) {
        break;
      } else {
        socket.write(Buffer.concat(frames));
      }
      await turn();
    }
    socket.destroy();
  }
  return count;
}

const head = (stream: number, flags: number, path: string): Buffer =>
  frame(frameType.headers, flags, stream, callHead(path));

/** Opens sockets, does something with each, and ends them. */
async function crowd(
  count: number,
  use: (socket: Socket, index: number) => void,
  { port }: Server,
): Promise<number> {
  const sockets: Socket[] = [];
  for (let index = 0; index < count; index += 1) {
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("error", () => {});
    await eventOrEnd(socket, "connect");
    socket.resume();
    use(socket, index);
    sockets.push(socket);
  }
  for (const socket of sockets) {
    socket.destroy();
  }
  return sockets.length;
}

const floods: Readonly<Record<string, Flood>> = {
  "streams that are reset at once": (server, until) =>
    pour(
      server,
      until,
      (stream) => Buffer.concat([head(stream, endHeaders, `${registry}/GetAgent`), reset(stream)]),
      { perWrite: 200 },
    ),

  "searches that are reset at once": (server, until) =>
    pour(
      server,
      until,
      (stream) =>
        Buffer.concat([
          head(stream, endHeaders, `${registry}/Find`),
          frame(frameType.data, endStream, stream, searching),
          reset(stream),
        ]),
      { perWrite: 10 },
    ),

  "pings whose answers nobody reads": (server, until) =>
    pour(server, until, () => ping, { reads: false, perWrite: 500 }),

  "settings whose answers nobody reads": (server, until) =>
    pour(server, until, () => settings([4, 65_535]), { reads: false, perWrite: 300 }),

  "a head that never ends": (server, until) => {
    const more = frame(
      frameType.continuation,
      0,
      1,
      Buffer.concat(Array.from({ length: 200 }, () => headerField("x-a", "a".repeat(20)))),
    );
    return pour(server, until, () => more, { before: head(1, 0, "/x") });
  },

  "messages in frames of one byte": (server, until) =>
    pour(server, until, (stream) =>
      Buffer.concat([
        head(stream, endHeaders, `${registry}/GetAgent`),
        ...[...asking].map((byte) => frame(frameType.data, 0, stream, Buffer.from([byte]))),
        frame(frameType.data, endStream, stream),
      ]),
    ),

  "frames without a byte": (server, until) =>
    pour(server, until, () => frame(frameType.data, 0, 1), {
      perWrite: 1_000,
      before: head(1, endHeaders, `${registry}/GetAgent`),
    }),

  async "gzip bombs"({ port }, until) {
    const bomb = message(gzipSync(Buffer.alloc(60_000_000)), 1);
    const session = await openSession(port);
    let count = 0;
    while (count === 0 || Date.now() < until) {
      const { status } = await rawCall(session, `${registry}/Find`, bomb, { "grpc-encoding": "gzip" });
      if (status !== 8 && status !== 3) {
        throw new Error(`a bomb was answered with ${status}`);
      }
      count += 1;
    }
    session.destroy();
    return count;
  },

  async "half messages on many streams"({ port }, until) {
    const session = await openSession(port);
    const start = Buffer.alloc(4_000_000);
    start.writeUInt32BE(4_194_000, 1);
    let count = 0;
    while ((count === 0 || Date.now() < until) && count < 400 && !session.destroyed) {
      const stream = openCall(session, "/agentkeeper.v1.TaskService/CreateTask");
      if (!stream.write(start)) {
        await eventOrEnd(stream, "drain", until - Date.now());
      }
      count += 1;
    }
    session.destroy();
    return count;
  },

  async "answers that nobody reads"(server, until) {
    const client = clientOf(server);
    for (let index = 0; index < 100; index += 1) {
      const text = "x".repeat(1_000);
      await client.setPolicy({
        id: `p${index}`,
        subject: text,
        action: text,
        resource: text,
        effect: "ALLOW",
      });
    }
    await client.close();
    const body = message(toBinary(ListPoliciesRequestSchema, create(ListPoliciesRequestSchema, {})));
    let count = 0;
    while (count === 0 || Date.now() < until) {
      const session = await openSession(server.port, { settings: { initialWindowSize: 0 } });
      for (
        let index = 0;
        index < 500 && (index === 0 || Date.now() < until) && !session.destroyed;
        index += 1
      ) {
        const stream = openCall(session, "/agentkeeper.v1.EntitlementsService/ListPolicies");
        stream.end(body);
        await eventOrEnd(stream, "finish", until - Date.now());
        count += 1;
      }
      session.destroy();
    }
    return count;
  },

  async "connections that come and go"(server, until) {
    let count = 0;
    while (count === 0 || Date.now() < until) {
      count += await crowd(
        10,
        (socket, index) => {
          const said = ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", ""][index % 3] ?? "";
          socket.write(said);
        },
        server,
      );
    }
    return count;
  },

  "many sockets that say nothing": (server) => crowd(scaled(500, 5_000), () => {}, server),
};

function openCall(session: Awaited<ReturnType<typeof openSession>>, path: string): ClientHttp2Stream {
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.on("error", () => {});
  return stream;
}

export const grpcFloods: Attack = async (checks) => {
  await using server = await startServer("agentkeeper");
  for (const [name, flood] of Object.entries(floods)) {
    await besideHonest(checks, server, name, () => flood(server, Date.now() + scaled(500, 15_000)));
  }
};

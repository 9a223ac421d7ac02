// AgentKeeper's client against hostile servers: every call ends within its time with an error of the suite.
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { AgentKeeperClient, isServiceError } from "@x/agentkeeper";
import { GetAgentResponseSchema } from "@x/agentkeeper/proto";
import { startFaultProxy } from "@x/core/testing";
import { type Attack, type Checks, scaled, within } from "./checks.ts";
import { frame, frameType, goaway, message, ping, settings, settingsAck } from "./frames.ts";
import { callMs, type Hostile, hostileSockets, hostileStreams, judge, repeatedly } from "./hostile-server.ts";
import { clientOf, startServer } from "./servers.ts";

const secret = "TOKEN-THAT-IS-NOBODYS-BUSINESS";

const head = { ":status": 200, "content-type": "application/grpc+proto" };
const good = message(
  toBinary(
    GetAgentResponseSchema,
    create(GetAgentResponseSchema, { agent: { agentId: "a", card: { name: "n" }, status: 1 } }),
  ),
);

function answer(
  stream: ServerHttp2Stream,
  body: Uint8Array,
  trailers: OutgoingHttpHeaders = { "grpc-status": "0" },
  headers: OutgoingHttpHeaders = {},
): void {
  stream.respond({ ...head, ...headers }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end(body);
}

/** A server that says these frames at once, and reads. */
const says = (...frames: readonly Uint8Array[]): Promise<Hostile> =>
  hostileSockets((socket) => {
    socket.resume();
    socket.write(Buffer.concat(frames));
  });

/** One that says a flood of such frames, again and again. */
const floods = (each: Uint8Array): Promise<Hostile> =>
  hostileSockets((socket) => {
    socket.resume();
    socket.write(Buffer.concat([settings(), settingsAck]));
    const many = Buffer.concat(Array.from({ length: 300 }, () => each));
    repeatedly(socket, 5, () => socket.write(many));
  });

const failure = (status: string, more: OutgoingHttpHeaders = {}): Promise<Hostile> =>
  hostileStreams((stream) => answer(stream, Buffer.alloc(0), { "grpc-status": status, ...more }));
const replies = (body: Uint8Array, headers: OutgoingHttpHeaders = {}): Promise<Hostile> =>
  hostileStreams((stream) => answer(stream, body, undefined, headers));
const resets = (code: number): Promise<Hostile> => hostileStreams((stream) => stream.close(code));
const plain = (headers: OutgoingHttpHeaders, body = ""): Promise<Hostile> =>
  hostileStreams((stream) => {
    stream.respond(headers);
    stream.end(body);
  });

const servers: Readonly<Record<string, () => Promise<Hostile>>> = {
  silence: () => says(),
  "HTTP/1": () => says(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")),
  noise: () => says(Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index * 31) & 255))),
  "an end at once": () => hostileSockets((socket) => socket.destroy()),
  "a reset at once": () => hostileSockets((socket) => socket.resetAndDestroy()),
  "settings, then silence": () => says(settings(), settingsAck),
  "no streams allowed": () => says(settings([3, 0]), settingsAck),
  "a window of 0": () => says(settings([4, 0]), settingsAck),
  "a window of more than there is": () => says(settings([4, 2 ** 32 - 1]), settingsAck),
  "frames of 16 MB allowed": () => says(settings([5, 2 ** 24 - 1]), settingsAck),
  "a frame larger than allowed": () => says(settings(), frame(frameType.data, 0, 1, Buffer.alloc(1 << 20))),
  "data for a stream that is none": () => says(settings(), settingsAck, frame(frameType.data, 0, 99, good)),
  "farewell at once, for ever": () =>
    hostileSockets((socket) => socket.end(Buffer.concat([settings(), settingsAck, goaway(0)]))),
  "farewell after each request": () =>
    hostileSockets((socket) => {
      socket.write(Buffer.concat([settings(), settingsAck]));
      socket.once("data", () => socket.write(goaway(0)));
    }),
  "enhance your calm": () =>
    hostileSockets((socket) => {
      socket.write(Buffer.concat([settings(), settingsAck]));
      socket.once("data", () => socket.end(goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM)));
    }),
  "a flood of pings": () => floods(ping),
  "a flood of settings": () => floods(settings([3, 100])),
  "a head alone": () => hostileStreams((stream) => stream.respond(head)),
  "a head and half a message": () =>
    hostileStreams((stream) => {
      stream.respond(head);
      stream.write(good.subarray(0, 6));
    }),
  "no trailers": () => plain(head, "x"),
  "a message of 4 GB": () =>
    hostileStreams((stream) => {
      stream.respond(head);
      stream.write(Buffer.from([0, 255, 255, 255, 255]));
      repeatedly(stream as never, 1, () => stream.write(Buffer.alloc(65_536)));
    }),
  "a gzip bomb": () => replies(message(gzipSync(Buffer.alloc(100_000_000)), 1), { "grpc-encoding": "gzip" }),
  "gzip that is none": () => replies(message(Buffer.from("no gzip"), 1), { "grpc-encoding": "gzip" }),
  "an unknown encoding": () => replies(good, { "grpc-encoding": "zstd" }),
  "unknown flags": () => replies(Buffer.concat([Buffer.from([255]), good.subarray(1)])),
  "two messages": () => replies(Buffer.concat([good, good])),
  "no message": () => replies(Buffer.alloc(0)),
  "bytes that are no message": () => replies(message(Buffer.from([255, 255, 255, 255, 1]))),
  "a message without its agent": () => replies(message(Buffer.alloc(0))),
  "headers of 60 KB": () => replies(good, { "x-big": "a".repeat(60_000) }),
  "status 99": () => failure("99"),
  "status x": () => failure("x"),
  "status -1": () => failure("-1"),
  "an error that says the token again": () =>
    failure("5", { "grpc-message": `authorization: Bearer ${secret} is none` }),
  "an error with escapes": () => failure("5", { "grpc-message": "%1B[31mred%0Aline%00%ZZ%" }),
  "details that are none": () => failure("5", { "grpc-status-details-bin": "A".repeat(8_000) }),
  "200 with HTML": () => plain({ ":status": 200, "content-type": "text/html" }, "<html>"),
  "503": () => plain({ ":status": 503 }),
  "301": () => plain({ ":status": 301, location: "http://127.0.0.1:1/" }),
  "endless 103s": () =>
    hostileStreams((stream) =>
      repeatedly(stream as never, 2, () => {
        if (!stream.closed) {
          stream.additionalHeaders({ ":status": 103 });
        }
      }),
    ),
  "a stream refused, for ever": () => resets(constants.NGHTTP2_REFUSED_STREAM),
  "a stream cancelled": () => resets(constants.NGHTTP2_CANCEL),
  "a stream broken": () => resets(constants.NGHTTP2_INTERNAL_ERROR),
  "a byte now and then": () =>
    hostileStreams((stream) => {
      stream.respond(head);
      let sent = 0;
      repeatedly(stream as never, 150, () => {
        sent += 1;
        stream.write(good.subarray(sent - 1, sent));
      });
    }),
};

/** How far a true answer is cut, in bytes of the connection. */
const wholeAnswer = 260;

/** The connection is reset at each byte of a true answer. */
async function cutAnswers(checks: Checks): Promise<void> {
  await using server = await startServer("agentkeeper");
  await using honest = clientOf(server);
  const { agentId } = await honest.register({ name: "n", description: "", version: "1", ttlSeconds: 600 });
  const odd: string[] = [];
  const cutAt = async (afterBytes: number): Promise<void> => {
    await using proxy = await startFaultProxy({ port: server.port });
    proxy.setFault({ kind: "cut", afterBytes, direction: "to-client" });
    await using client = clientOf(proxy, { timeoutMs: callMs });
    const settled = client.getAgent(agentId).then(
      ({ card }) => (card.name === "n" ? "good" : "another agent"),
      (error: unknown) => (isServiceError(error) ? "good" : String(error)),
    );
    const outcome = (await within(settled, 15_000)) ?? "it hangs";
    if (outcome !== "good") {
      odd.push(`at byte ${afterBytes}: ${outcome}`);
    }
  };
  const step = scaled(6, 1);
  for (let first = 0; first < wholeAnswer; first += step * 10) {
    await Promise.all(Array.from({ length: 10 }, (_, index) => cutAt(first + index * step)));
  }
  checks.that("an answer that is cut at any byte is no other answer", odd.length === 0, odd);
}

export const hostileGrpc: Attack = async (checks) => {
  await Promise.all(
    Object.entries(servers).map(async ([what, start]) => {
      await using server = await start();
      const client = new AgentKeeperClient({
        host: "127.0.0.1",
        port: server.port,
        timeoutMs: callMs,
        token: secret,
      });
      await judge(checks, what, secret, client, () => client.getAgent("a"));
    }),
  );
  await cutAnswers(checks);
};

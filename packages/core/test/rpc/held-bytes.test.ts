// What callers make a server keep in memory: messages that never become whole, and answers that nobody reads.
import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { waitUntil } from "../../src/testing/index.ts";
import { cleanup, type EchoImpl, startPair } from "./fixture.ts";
import { EchoRequestSchema } from "./gen/echo/v1/echo_pb.ts";

const kib = 1_024;
const big: EchoImpl = { unary: () => ({ data: new Uint8Array(100 * kib) }) };
const protocols = ["application/grpc", "application/proto", "application/grpc-web"] as const;

/** A client that reads nothing, or as it likes. */
async function stranger(url: string, initialWindowSize?: number): Promise<ClientHttp2Session> {
  const session = connect(url, initialWindowSize === undefined ? {} : { settings: { initialWindowSize } });
  session.on("error", () => {});
  cleanup(async () => {
    session.destroy();
    if (!session.closed) {
      await once(session, "close");
    }
  });
  await once(session, "remoteSettings");
  return session;
}

function call(session: ClientHttp2Session, contentType: string, body?: Buffer): ClientHttp2Stream {
  const stream = session.request({
    ":method": "POST",
    ":path": "/echo.v1.EchoService/Unary",
    "content-type": contentType,
    te: "trailers",
  });
  stream.on("error", () => {});
  stream.on("response", () => headed.add(stream));
  if (body !== undefined) {
    stream.end(body);
  }
  return stream;
}

/** Streams whose answer has begun. */
const headed = new WeakSet<ClientHttp2Stream>();

function message(contentType: string): Buffer {
  const bytes = toBinary(EchoRequestSchema, create(EchoRequestSchema, { text: "x" }));
  const prefix = Buffer.from([0, 0, 0, 0, bytes.length]);
  return contentType === "application/proto" ? Buffer.from(bytes) : Buffer.concat([prefix, bytes]);
}

describe("answers that nobody reads", () => {
  test.each(protocols)(
    "are bounded for a connection, over %s, and honest callers are served",
    async (type) => {
      const { client, url } = await startPair(big, { server: { held: { connection: 1_000 * kib } } });
      const session = await stranger(url, 0);
      const streams = Array.from({ length: 60 }, () => call(session, type, message(type)));
      const begun = (): number => streams.filter((stream) => headed.has(stream)).length;
      await waitUntil(() => begun() >= 5, { what: () => `${begun()} answers` });
      expect((await client.unary({})).data).toHaveLength(100 * kib);
      // Five of them are half of what the connection may hold; what finds no room waits, or is ended.
      const held = (): number => streams.filter((stream) => headed.has(stream) && !stream.closed).length;
      await waitUntil(() => held() <= 10, { what: () => `${held()} answers held` });
      // Once they are read, what waited is answered.
      session.settings({ initialWindowSize: 10_000_000 });
      session.setLocalWindowSize(10_000_000);
      for (const stream of streams) {
        stream.resume();
      }
      const over = (): number => streams.filter((stream) => headed.has(stream) || stream.closed).length;
      await waitUntil(() => over() === 60, { what: () => `${over()} of 60` });
    },
  );

  test("leave room for calls whose answers will be big, however many wait", async () => {
    const answers: (() => void)[] = [];
    const { client } = await startPair(
      {
        unary: async ({ text }) => {
          if (text === "wait") {
            await new Promise<void>((resolve) => answers.push(resolve));
          }
          return { data: new Uint8Array(100 * kib) };
        },
      },
      { server: { held: { connection: 300 * kib } } },
    );
    await client.unary({});
    const waiting = Array.from({ length: 20 }, () => client.unary({ text: "wait" }));
    await waitUntil(() => answers.length === 20, { what: () => `${answers.length} calls carried out` });
    expect((await client.unary({})).data).toHaveLength(100 * kib);
    for (const answer of answers) {
      answer();
    }
    expect(await Promise.all(waiting)).toHaveLength(20);
  });

  test("of all connections together are bounded by the end of the one that holds the most", async () => {
    const { client, url } = await startPair(big, {
      server: { held: { connection: 600 * kib, all: 1_000 * kib } },
    });
    const sessions = await Promise.all(Array.from({ length: 5 }, () => stranger(url, 0)));
    for (const session of sessions) {
      for (let index = 0; index < 6; index += 1) {
        call(session, "application/grpc", message("application/grpc"));
      }
    }
    await waitUntil(() => sessions.some(({ closed }) => closed), { what: "the end of a connection" });
    expect((await client.unary({})).data).toHaveLength(100 * kib);
    expect(sessions.every(({ closed }) => closed)).toBe(false);
  });
});

describe("messages that never become whole", () => {
  test.each(protocols)(
    "are bounded for a connection, over %s, and honest callers are served",
    async (type) => {
      const { client, url } = await startPair(big, { server: { held: { connection: 500 * kib } } });
      const session = await stranger(url);
      let ended = 0;
      const half = Buffer.concat([Buffer.from([0, 0, 3, 0, 0]), Buffer.alloc(60 * kib)]);
      for (let index = 0; index < 40; index += 1) {
        call(session, type)
          .on("close", () => {
            ended += 1;
          })
          .resume()
          .write(half);
      }
      await waitUntil(() => ended >= 30, { what: () => `${ended} ended` });
      expect(ended).toBeLessThan(40);
      expect((await client.unary({})).data).toHaveLength(100 * kib);
    },
  );
});

// Sizes, compression and numbers: what is too much is refused, and costs no more than the limit.

import { once } from "node:events";
import { connect } from "node:http2";
import { gzipSync } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { cleanup, collect, deferred, type EchoImpl, failureOf, startPair } from "./fixture.ts";

const echo: EchoImpl = { unary: ({ text, data }) => ({ text, data }) };

async function codeOf(call: Promise<unknown>): Promise<Code> {
  return ConnectError.from(await failureOf(call)).code;
}

describe("sizes of messages", () => {
  test("a request above the server's limit is refused, one at the limit is not", async () => {
    // Two bytes of tag and length are around the data.
    const { client } = await startPair(echo, { server: { readMaxBytes: 102 } });
    expect((await client.unary({ data: new Uint8Array(100) })).data).toHaveLength(100);
    expect(await codeOf(client.unary({ data: new Uint8Array(101) }))).toBe(Code.ResourceExhausted);
  });

  test("an answer above the client's limit is refused, and the server's call ends", async () => {
    const { client } = await startPair(echo, { client: { readMaxBytes: 50 } });
    expect(await codeOf(client.unary({ data: new Uint8Array(60) }))).toBe(Code.ResourceExhausted);
  });

  test("what is above the sender's own limit is not sent", async () => {
    let calls = 0;
    const { client } = await startPair(
      {
        unary: ({ data }) => {
          calls++;
          return { data };
        },
      },
      { client: { writeMaxBytes: 50 } },
    );
    expect(await codeOf(client.unary({ data: new Uint8Array(60) }))).toBe(Code.ResourceExhausted);
    expect(calls).toBe(0);
    const pair = await startPair(echo, { server: { writeMaxBytes: 50 } });
    expect(await codeOf(pair.client.unary({ data: new Uint8Array(60) }))).toBe(Code.ResourceExhausted);
  });

  test("a stream ends at the first message that is too large, after those before it", async () => {
    const { client } = await startPair(
      {
        async *serverStream() {
          yield { text: "small" };
          yield { data: new Uint8Array(1_000) };
          yield { text: "never" };
        },
      },
      { client: { readMaxBytes: 100 } },
    );
    expect(await codeOf(collect(client.serverStream({})))).toBe(Code.ResourceExhausted);
  });
});

describe("compression", () => {
  const long = "compress me ".repeat(1_000);

  test("gzip travels in both directions", async () => {
    const { client } = await startPair(echo, {
      client: { sendCompression: "gzip" },
      server: { sendCompression: "gzip" },
    });
    let encoding: string | null = null;
    const answer = await client.unary(
      { text: long },
      { onHeader: (headers) => (encoding = headers.get("grpc-encoding")) },
    );
    expect(answer.text).toBe(long);
    expect(encoding).toBe("gzip");
  });

  test("a client that accepts no gzip gets none", async () => {
    const { client } = await startPair(echo, {
      client: { acceptCompression: [] },
      server: { sendCompression: "gzip" },
    });
    let encoding: string | null = "unseen";
    const answer = await client.unary(
      { text: long },
      { onHeader: (headers) => (encoding = headers.get("grpc-encoding")) },
    );
    expect(answer.text).toBe(long);
    expect(encoding).toBe(null);
  });

  test("a zip bomb is refused at the limit", async () => {
    const { port, client } = await startPair(echo, { server: { readMaxBytes: 100_000 } });
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    const session = connect(`http://127.0.0.1:${port}`);
    cleanup(async () => {
      session.close();
      await once(session, "close");
    });
    const stream = session.request({
      ":method": "POST",
      ":path": "/echo.v1.EchoService/Unary",
      "content-type": "application/grpc",
      "grpc-encoding": "gzip",
    });
    const prefix = Buffer.from([1, 0, 0, 0, 0]);
    prefix.writeUInt32BE(bomb.length, 1);
    stream.end(Buffer.concat([prefix, bomb]));
    const [headers] = await once(stream, "response");
    stream.resume();
    expect(headers["grpc-status"]).toBe(String(Code.ResourceExhausted));
    expect((await client.unary({ text: "alive" })).text).toBe("alive");
  });
});

describe("numbers of calls", () => {
  test("calls above maxConcurrentCalls are refused, later ones are not", async () => {
    const started = deferred();
    const release = deferred();
    const { client } = await startPair(
      {
        async unary() {
          started.resolve();
          await release.promise;
          return { text: "first" };
        },
      },
      { server: { maxConcurrentCalls: 1 } },
    );
    const first = client.unary({});
    await started.promise;
    expect(await codeOf(client.unary({}))).toBe(Code.ResourceExhausted);
    release.resolve();
    expect((await first).text).toBe("first");
    expect((await client.unary({})).text).toBe("first");
  });

  test("thousands of streams live on one connection, and all are cancelled with it", async () => {
    const count = 3_000;
    let open = 0;
    const all = deferred();
    const none = deferred();
    const { client, transport } = await startPair({
      serverStream(_request, context) {
        open++;
        if (open === count) {
          all.resolve();
        }
        context.signal.addEventListener("abort", () => {
          open--;
          if (open === 0) {
            none.resolve();
          }
        });
        return {
          [Symbol.asyncIterator]: () => ({
            next: () => new Promise(() => {}),
            return: () => Promise.resolve({ done: true, value: undefined }),
          }),
        };
      },
    });
    const reading = Array.from({ length: count }, () => failureOf(collect(client.serverStream({}))));
    await all.promise;
    await transport.close();
    await none.promise;
    const codes = (await Promise.all(reading)).map((error) => ConnectError.from(error).code);
    expect(new Set(codes)).toEqual(new Set([Code.Canceled]));
  });
});

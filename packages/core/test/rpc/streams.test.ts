// What streams promise: when an implementation is called, when its headers and messages leave, and that nothing piles up.

import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { cleanup, collect, deferred, failureOf, nextTurn, startPair, until } from "./fixture.ts";
import { type EchoResponse, EchoService } from "./gen/echo/v1/echo_pb.ts";
import { createRequestFrame } from "./raw.ts";

/** A stream of messages that a test pushes by hand. */
class Hand implements AsyncIterable<{ text: string }> {
  #waiting: ((result: IteratorResult<{ text: string }>) => void)[] = [];
  #queue: { text: string }[] = [];
  returned = false;

  push(...texts: string[]): void {
    for (const text of texts) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) {
        this.#queue.push({ text });
      } else {
        waiting({ done: false, value: { text } });
      }
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<{ text: string }> {
    return {
      next: () => {
        const value = this.#queue.shift();
        return value === undefined
          ? new Promise((resolve) => this.#waiting.push(resolve))
          : Promise.resolve({ done: false, value });
      },
      return: () => {
        this.returned = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}

function rawSession(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  cleanup(async () => {
    if (!session.destroyed) {
      session.destroy();
      await once(session, "close");
    }
  });
  return session;
}

const headersOf = (method: string): Record<string, string> => ({
  ":method": "POST",
  ":path": `/${EchoService.typeName}/${method}`,
  "content-type": "application/grpc+proto",
  te: "trailers",
});

async function* single(text: string): AsyncGenerator<{ text: string }> {
  yield { text };
}

describe("calling the implementation of a stream", () => {
  test.each([
    ["without asking who calls", undefined],
    ["after asking who calls, answered at once", () => {}],
  ])("a subscription is in force for the next request on the connection, %s", async (_, admit) => {
    const order: string[] = [];
    const { port } = await startPair(
      {
        serverStream() {
          order.push("subscribed");
          return new Hand();
        },
        unary() {
          order.push("published");
          return {};
        },
      },
      { server: { admit } },
    );
    const session = rawSession(port);
    await once(session, "remoteSettings");
    // All of it leaves in one write: the server reads the requests in one turn.
    for (let i = 0; i < 20; i++) {
      const stream = session.request(headersOf(i % 2 === 0 ? "ServerStream" : "Unary"));
      stream.on("error", () => {});
      stream.resume();
      stream.end(createRequestFrame(new Uint8Array()));
    }
    await until(() => order.length === 20);
    expect(order).toEqual(
      Array.from({ length: 20 }, (_unused, i) => (i % 2 === 0 ? "subscribed" : "published")),
    );
  });

  test("headers arrive before the first message", async () => {
    const hand = new Hand();
    const { transport } = await startPair({
      serverStream(_request, context) {
        context.responseHeader.set("x-ready", "yes");
        return hand;
      },
    });
    const response = await transport.stream(
      EchoService.method.serverStream,
      undefined,
      undefined,
      undefined,
      single(""),
    );
    expect(response.header.get("x-ready")).toBe("yes");
    hand.push("then");
    for await (const { text } of response.message) {
      expect(text).toBe("then");
      break;
    }
    await until(() => hand.returned);
  });

  test("an iterable that is blocked when the client cancels is ended at once", async () => {
    const hand = new Hand();
    const started = deferred();
    const { client } = await startPair({
      serverStream() {
        started.resolve();
        return hand;
      },
    });
    const caller = new AbortController();
    const failure = failureOf(collect(client.serverStream({}, { signal: caller.signal })));
    await started.promise;
    caller.abort();
    await until(() => hand.returned);
    expect(ConnectError.from(await failure).code).toBe(Code.Canceled);
  });

  test.each(["ServerStream", "Unary"])(
    "the server ends a %s call at its deadline by itself",
    async (method) => {
      const hand = new Hand();
      const aborted = deferred<unknown>();
      const watch = ({ signal }: HandlerContext): void => {
        signal.addEventListener("abort", () => aborted.resolve(signal.reason));
      };
      const { port } = await startPair({
        serverStream(_request, context) {
          watch(context);
          return hand;
        },
        unary(_request, context) {
          watch(context);
          return new Promise(() => {});
        },
      });
      const stream = rawSession(port).request({ ...headersOf(method), "grpc-timeout": "20m" });
      stream.on("error", () => {});
      const blocks: object[] = [];
      stream.on("response", (block) => blocks.push(block));
      stream.on("trailers", (block) => blocks.push(block));
      stream.resume();
      stream.end(createRequestFrame(new Uint8Array()));
      await once(stream, "close");
      expect(blocks.at(-1)).toMatchObject({ "grpc-status": String(Code.DeadlineExceeded) });
      expect(ConnectError.from(await aborted.promise).code).toBe(Code.DeadlineExceeded);
      expect(hand.returned).toBe(method === "ServerStream");
    },
  );

  test("a deadline ends a stream on the client by itself", async () => {
    const { client } = await startPair({ serverStream: () => new Hand() });
    const failure = await failureOf(collect(client.serverStream({}, { timeoutMs: 30 })));
    expect(ConnectError.from(failure).code).toBe(Code.DeadlineExceeded);
  });

  test("an implementation that throws before it returns its iterable fails the call", async () => {
    const { client } = await startPair({
      serverStream() {
        throw new ConnectError("no such topic", Code.NotFound);
      },
    });
    expect(ConnectError.from(await failureOf(collect(client.serverStream({})))).code).toBe(Code.NotFound);
  });
});

describe("writing", () => {
  test("messages that become available in one turn leave in one DATA frame", async () => {
    const hand = new Hand();
    const { port } = await startPair({ serverStream: () => hand });
    const session = rawSession(port);
    const stream = session.request(headersOf("ServerStream"));
    stream.on("error", () => {});
    stream.end(createRequestFrame(new Uint8Array()));
    await once(stream, "response");
    const chunks: number[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk.length));
    hand.push("a", "b", "c", "d");
    // Each message: five bytes of prefix, two of tag and length, one of text.
    await until(() => chunks.reduce((a, b) => a + b, 0) === 4 * 8);
    expect(chunks).toEqual([32]);
  });

  test("an implementation is not asked for more than the client reads", async () => {
    const data = new Uint8Array(10_000);
    let yielded = 0;
    const { transport } = await startPair({
      async *serverStream() {
        for (;;) {
          yielded++;
          yield { data };
        }
      },
    });
    const response = await transport.stream(
      EchoService.method.serverStream,
      undefined,
      undefined,
      undefined,
      single(""),
    );
    const iterator = response.message[Symbol.asyncIterator]();
    expect((await iterator.next()).value?.data).toHaveLength(10_000);
    const settled = await settledCount(() => yielded);
    // The window of the stream, what Node and the client hold back, and no more: far from endless.
    expect(settled * data.length).toBeLessThan(2_000_000);
    for (let i = 0; i < settled; i++) {
      await iterator.next();
    }
    await until(() => yielded > settled);
    await iterator.return?.();
  });

  test("a caller is not asked for more than the server reads", async () => {
    const data = new Uint8Array(10_000);
    let yielded = 0;
    const reading = deferred();
    const { client } = await startPair({
      async clientStream(requests) {
        await reading.promise;
        return { index: (await collect(requests)).length };
      },
    });
    async function* upload(): AsyncGenerator<{ data: Uint8Array }> {
      while (yielded < 2_000) {
        yielded++;
        yield { data };
      }
    }
    const answer = client.clientStream(upload());
    await until(() => yielded > 1);
    const settled = await settledCount(() => yielded);
    expect(settled * data.length).toBeLessThan(2_000_000);
    reading.resolve();
    expect((await answer).index).toBe(2_000);
  });

  test("a server that answers early ends the caller's iterable", async () => {
    let ended = false;
    const { client } = await startPair({
      async clientStream(requests) {
        for await (const { text } of requests) {
          return { text };
        }
        return {};
      },
    });
    async function* endless(): AsyncGenerator<{ text: string }> {
      try {
        for (let i = 0; ; i++) {
          yield { text: String(i) };
          await nextTurn();
        }
      } finally {
        ended = true;
      }
    }
    expect((await client.clientStream(endless())).text).toBe("0");
    await until(() => ended);
  });

  test("an iterable of the caller that throws cancels the call with its error", async () => {
    const cancelled = deferred<unknown>();
    const { client } = await startPair({
      async clientStream(requests) {
        await collect(requests).catch(cancelled.resolve);
        return {};
      },
    });
    async function* broken(): AsyncGenerator<{ text: string }> {
      yield { text: "one" };
      await nextTurn();
      throw new Error("no more to give");
    }
    const error = ConnectError.from(await failureOf(client.clientStream(broken())));
    expect(error.rawMessage).toBe("no more to give");
    expect(ConnectError.from(await cancelled.promise).code).toBe(Code.Canceled);
  });

  test("messages that nobody reads yet are not lost when the stream has ended", async () => {
    const { transport, server } = await startPair({
      async *serverStream({ count }) {
        for (let index = 0; index < count; index++) {
          yield { index };
        }
      },
    });
    async function* ask(): AsyncGenerator<{ count: number }> {
      yield { count: 500 };
    }
    const response = await transport.stream(
      EchoService.method.serverStream,
      undefined,
      undefined,
      undefined,
      ask(),
    );
    await until(() => server.openCalls === 0);
    const all: EchoResponse[] = await collect(response.message);
    expect(all.map((one) => one.index)).toEqual([...Array(500).keys()]);
  });
});

/** The value a counter has once it did not move for a hundred turns. */
async function settledCount(count: () => number): Promise<number> {
  let last = -1;
  for (let still = 0; still < 100; still++) {
    if (count() !== last) {
      last = count();
      still = 0;
    }
    await nextTurn();
  }
  return last;
}

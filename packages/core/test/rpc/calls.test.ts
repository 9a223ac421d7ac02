// The four kinds of calls between our two ends, with metadata, errors and deadlines.

import { Code, ConnectError, encodeBinaryHeader, type HandlerContext } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { type CallEnd, ErrorInfoSchema, encodeOnce } from "../../src/rpc/index.ts";
import { collect, deferred, type EchoImpl, failureOf, startPair, until } from "./fixture.ts";
import { EchoResponseSchema } from "./gen/echo/v1/echo_pb.ts";

const echo: EchoImpl = {
  unary: (request) => ({ text: request.text, data: request.data }),
  async *serverStream(request) {
    for (let index = 0; index < request.count; index++) {
      yield { text: request.text, index };
    }
  },
  async clientStream(requests) {
    const texts = await collect(requests);
    return { text: texts.map((one) => one.text).join(",") };
  },
  async *bidi(requests) {
    for await (const request of requests) {
      yield { text: request.text };
    }
  },
};

async function* texts(...all: string[]): AsyncGenerator<{ text: string }> {
  for (const text of all) {
    yield { text };
  }
}

describe("kinds of calls", () => {
  test("a unary call answers", async () => {
    const { client } = await startPair(echo);
    const answer = await client.unary({ text: "hi", data: new Uint8Array([1, 2, 3]) });
    expect(answer.text).toBe("hi");
    expect([...answer.data]).toEqual([1, 2, 3]);
  });

  test("a unary call answers from a promise", async () => {
    const { client } = await startPair({ unary: async (request) => ({ text: request.text }) });
    expect((await client.unary({ text: "later" })).text).toBe("later");
  });

  test("a server stream delivers all messages in order", async () => {
    const { client } = await startPair(echo);
    const answers = await collect(client.serverStream({ count: 1_000 }));
    expect(answers.map((one) => one.index)).toEqual([...Array(1_000).keys()]);
  });

  test("a client stream delivers all messages in order", async () => {
    const { client } = await startPair(echo);
    expect((await client.clientStream(texts("a", "b", "c"))).text).toBe("a,b,c");
  });

  test("a bidirectional stream answers message by message", async () => {
    const { client } = await startPair(echo);
    const asked: string[] = [];
    const answered = deferred<string>();
    async function* ask(): AsyncGenerator<{ text: string }> {
      yield { text: "first" };
      asked.push(await answered.promise);
      yield { text: "second" };
    }
    const all: string[] = [];
    for await (const { text } of client.bidi(ask())) {
      all.push(text);
      answered.resolve(text);
    }
    expect(asked).toEqual(["first"]);
    expect(all).toEqual(["first", "second"]);
  });

  test("messages larger than all windows arrive whole in both directions", async () => {
    const { client } = await startPair(echo);
    const data = new Uint8Array(3_000_000).map((_, i) => i % 251);
    const answer = await client.unary({ data });
    expect(Buffer.compare(answer.data, data)).toBe(0);
  });

  test("a message encoded once goes to many streams", async () => {
    const shared = encodeOnce(EchoResponseSchema, { text: "shared" });
    expect(encodeOnce(EchoResponseSchema, shared)).toBe(shared);
    // What is sent is what it was when it was encoded: nobody serialises it again.
    shared.text = "changed";
    const { client } = await startPair({
      async *serverStream() {
        yield shared;
        yield shared;
      },
    });
    const [one, two] = await Promise.all([
      collect(client.serverStream({})),
      collect(client.serverStream({})),
    ]);
    expect([...one, ...two].map((message) => message.text)).toEqual(Array(4).fill("shared"));
  });
});

describe("metadata", () => {
  test("headers and trailers travel both ways, binary ones included", async () => {
    const bytes = encodeBinaryHeader(new Uint8Array([0, 255, 10]).buffer);
    const { client } = await startPair({
      unary(_request, context) {
        context.responseHeader.set("x-back", context.requestHeader.get("x-there") ?? "");
        context.responseTrailer.set("x-raw-bin", context.requestHeader.get("x-raw-bin") ?? "");
        return {};
      },
    });
    const seen: Headers[] = [];
    await client.unary(
      {},
      {
        headers: [
          ["X-There", "a"],
          ["x-there", "b"],
          ["x-raw-bin", bytes],
        ],
        onHeader: (headers) => seen.push(headers),
        onTrailer: (trailers) => seen.push(trailers),
      },
    );
    expect(seen[0]?.get("x-back")).toBe("a, b");
    expect(seen[1]?.get("x-raw-bin")).toBe(bytes);
  });

  test("the context tells the deadline, the path and the protocol", async () => {
    let seen: HandlerContext | undefined;
    const { client } = await startPair({
      unary(_request, context) {
        seen = context;
        expect(context.timeoutMs()).toBeGreaterThan(50_000);
        return {};
      },
    });
    await client.unary({}, { timeoutMs: 60_000 });
    expect(seen?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/echo\.v1\.EchoService\/Unary$/);
    expect(seen?.protocolName).toBe("grpc");
    expect(seen?.signal.aborted).toBe(true);
  });
});

describe("errors", () => {
  test("code, text, details and metadata of a thrown ConnectError arrive", async () => {
    const details = [{ desc: ErrorInfoSchema, value: { reason: "GONE", metadata: { id: "7" } } }];
    const { client } = await startPair({
      unary() {
        throw new ConnectError("weg – 100 % weg\n", Code.NotFound, { "x-extra": "1" }, details);
      },
    });
    const error = ConnectError.from(await failureOf(client.unary({})));
    expect(error.code).toBe(Code.NotFound);
    expect(error.rawMessage).toBe("weg – 100 % weg\n");
    expect(error.metadata.get("x-extra")).toBe("1");
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).toEqual({ id: "7" });
  });

  test("a text that is longer than a header may be is cut, not the call", async () => {
    const { client } = await startPair({
      unary() {
        throw new ConnectError("x".repeat(200_000), Code.Aborted);
      },
    });
    const error = ConnectError.from(await failureOf(client.unary({})));
    expect(error.code).toBe(Code.Aborted);
    expect(error.rawMessage).toBe(`${"x".repeat(2_100)}…`);
  });

  test.each([
    ["of three bytes", "字", 688],
    ["of two halves", "\u{1f33b}", 516],
  ])(
    "a text of characters %s is cut by what they take in the header, and between them",
    async (_, character, kept) => {
      const { client } = await startPair({
        unary() {
          throw new ConnectError(character.repeat(1_900), Code.Aborted);
        },
      });
      const error = ConnectError.from(await failureOf(client.unary({})));
      expect(error.rawMessage).toBe(`${character.repeat(kept)}…`);
    },
  );

  test("a foreign error is internal and keeps its text to itself", async () => {
    const ends: CallEnd[] = [];
    const { client } = await startPair(
      { unary: () => Promise.reject(new Error("secret")) },
      { server: { onCallEnd: (end) => ends.push(end) } },
    );
    const error = ConnectError.from(await failureOf(client.unary({})));
    expect(error.code).toBe(Code.Internal);
    expect(error.rawMessage).toBe("internal error");
    expect(ends[0]?.error).toMatchObject({ message: "secret" });
  });

  test("an error after messages comes after the messages", async () => {
    const { client } = await startPair({
      async *serverStream() {
        yield { text: "one" };
        throw new ConnectError("then this", Code.Aborted);
      },
    });
    const got: string[] = [];
    const reading = (async () => {
      for await (const { text } of client.serverStream({})) {
        got.push(text);
      }
    })();
    expect(ConnectError.from(await failureOf(reading)).code).toBe(Code.Aborted);
    expect(got).toEqual(["one"]);
  });

  test("a method without implementation and an unknown service are unimplemented", async () => {
    const { client } = await startPair({});
    expect(ConnectError.from(await failureOf(client.unary({}))).code).toBe(Code.Unimplemented);
    const { client: stranger } = await startPair({}, { server: { routes: () => {} } });
    expect(ConnectError.from(await failureOf(stranger.unary({}))).code).toBe(Code.Unimplemented);
  });
});

describe("deadlines and cancellation", () => {
  test("a call past its deadline ends on the client, and leaves no listener on the caller's signal", async () => {
    const { client } = await startPair({ unary: () => new Promise(() => {}) });
    const caller = new AbortController();
    const listeners = countListeners(caller.signal);
    const error = await failureOf(client.unary({}, { timeoutMs: 30, signal: caller.signal }));
    expect(ConnectError.from(error).code).toBe(Code.DeadlineExceeded);
    expect(listeners()).toBe(0);
  });

  test("an aborted call is cancelled on the server and leaves no listener on the caller's signal", async () => {
    const started = deferred();
    const aborted = deferred();
    const { client, server } = await startPair({
      unary(_request, context) {
        context.signal.addEventListener("abort", () => aborted.resolve());
        started.resolve();
        return new Promise(() => {});
      },
    });
    const caller = new AbortController();
    const listeners = countListeners(caller.signal);
    const failure = failureOf(client.unary({}, { signal: caller.signal }));
    await started.promise;
    caller.abort();
    expect(ConnectError.from(await failure).code).toBe(Code.Canceled);
    await aborted.promise;
    await until(() => server.openCalls === 0);
    expect(listeners()).toBe(0);
  });

  test("leaving the loop over a stream of the transport ends the iterable of the implementation at once", async () => {
    const returned = deferred();
    const blocked: AsyncIterable<{ text: string }> = {
      [Symbol.asyncIterator]: () => {
        let first = true;
        return {
          next: () => {
            if (first) {
              first = false;
              return Promise.resolve({ done: false, value: { text: "one" } });
            }
            return new Promise(() => {});
          },
          return: () => {
            returned.resolve();
            return Promise.resolve({ done: true, value: undefined });
          },
        };
      },
    };
    const { transport } = await startPair({ serverStream: () => blocked });
    const { EchoService } = await import("./gen/echo/v1/echo_pb.ts");
    const response = await transport.stream(
      EchoService.method.serverStream,
      undefined,
      undefined,
      undefined,
      (async function* () {
        yield {};
      })(),
    );
    for await (const message of response.message) {
      expect(message.text).toBe("one");
      break;
    }
    await returned.promise;
  });
});

/** Counts the abort listeners added to a signal and not removed since. */
function countListeners(signal: AbortSignal): () => number {
  let count = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: () => void) => {
    count++;
    add(type, listener);
  };
  signal.removeEventListener = (type: string, listener: () => void) => {
    count--;
    remove(type, listener);
  };
  return () => count;
}

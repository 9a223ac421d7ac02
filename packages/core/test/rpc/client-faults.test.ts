// What the client makes of servers and connections that fail, and which failures prove that nothing was done.

import { fork } from "node:child_process";
import { once } from "node:events";
import { constants, createServer } from "node:http2";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { type GrpcTransportOptions, provenNotProcessed } from "../../src/rpc/index.ts";
import { cleanup, deferred, failureOf, startPair, startServer, startTransport } from "./fixture.ts";
import { EchoService } from "./gen/echo/v1/echo_pb.ts";
import { frameType, goaway, rawHttp2Server, rawServer, rstStream } from "./raw.ts";

function clientOf(baseUrl: string, options: Partial<GrpcTransportOptions> = {}): Client<typeof EchoService> {
  return createClient(EchoService, startTransport({ baseUrl, ...options }));
}

async function unavailable(call: Promise<unknown>): Promise<ConnectError> {
  const error = ConnectError.from(await failureOf(call));
  expect(error.code).toBe(Code.Unavailable);
  return error;
}

describe("connecting", () => {
  test("a refused connection is unavailable, and proof that nothing was done", async () => {
    const server = await startServer({});
    const [address] = server.addresses;
    await server.close();
    const error = await unavailable(clientOf(`http://127.0.0.1:${address?.port}`).unary({}));
    expect(error.rawMessage).toContain("ECONNREFUSED");
    expect(provenNotProcessed(error)).toBe(true);
  });

  test("a peer that accepts and says nothing is given up after connectTimeoutMs", async () => {
    const url = await rawServer(() => {});
    const error = await unavailable(clientOf(url, { connectTimeoutMs: 50 }).unary({}));
    expect(error.rawMessage).toContain("within 50 ms");
    expect(provenNotProcessed(error)).toBe(true);
  });

  test("a peer that speaks no HTTP/2 is unavailable", async () => {
    const url = await rawServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(provenNotProcessed(await unavailable(clientOf(url).unary({})))).toBe(true);
  });

  test("a peer that closes at once is unavailable", async () => {
    const url = await rawServer((socket) => socket.destroy());
    expect(provenNotProcessed(await unavailable(clientOf(url).unary({})))).toBe(true);
  });

  test("a call that is aborted while it waits for the connection ends at once", async () => {
    const accepted = deferred();
    const url = await rawServer(() => accepted.resolve());
    const caller = new AbortController();
    const failure = failureOf(clientOf(url).unary({}, { signal: caller.signal }));
    await accepted.promise;
    caller.abort();
    const error = ConnectError.from(await failure);
    expect(error.code).toBe(Code.Canceled);
    expect(provenNotProcessed(error)).toBe(true);
  });

  test("a deadline counts while the connection is made", async () => {
    const url = await rawServer(() => {});
    const error = ConnectError.from(await failureOf(clientOf(url).unary({}, { timeoutMs: 30 })));
    expect(error.code).toBe(Code.DeadlineExceeded);
    expect(provenNotProcessed(error)).toBe(true);
  });

  test("an aborted signal makes no connection", async () => {
    let connections = 0;
    const url = await rawServer(() => connections++);
    const error = await failureOf(clientOf(url).unary({}, { signal: AbortSignal.abort() }));
    expect(ConnectError.from(error).code).toBe(Code.Canceled);
    expect(connections).toBe(0);
  });
});

describe("losing the connection", () => {
  test("a call whose connection is lost is unavailable, without proof; the next one connects anew", async () => {
    let answered = 0;
    const server = createServer();
    server.on("stream", (stream) => {
      stream.on("error", () => {});
      if (answered++ === 0) {
        stream.session?.destroy();
        return;
      }
      stream.respond({ "content-type": "application/grpc", "grpc-status": "5" }, { endStream: true });
    });
    const client = clientOf(await listening(server));
    const lost = await unavailable(client.unary({}));
    expect(provenNotProcessed(lost)).toBe(false);
    expect(ConnectError.from(await failureOf(client.unary({}))).code).toBe(Code.NotFound);
  });

  test("a server that restarts on its port is found again", async () => {
    const first = await startPair({ unary: () => ({ text: "first" }) });
    expect((await first.client.unary({})).text).toBe("first");
    await first.server.close();
    await unavailable(first.client.unary({}));
    const { createGrpcServer } = await import("../../src/rpc/index.ts");
    const second = createGrpcServer({
      routes: (router) => router.service(EchoService, { unary: () => ({ text: "second" }) }),
    });
    cleanup(() => second.close());
    await second.listen({ port: first.port });
    expect((await first.client.unary({})).text).toBe("second");
  });

  test("a stream whose connection is lost fails after the messages that arrived", async () => {
    const { client, server } = await startPair({
      async *serverStream() {
        yield { text: "one" };
        await new Promise(() => {});
      },
    });
    const got: string[] = [];
    const reading = (async () => {
      for await (const { text } of client.serverStream({})) {
        got.push(text);
        void server.close();
      }
    })();
    expect(ConnectError.from(await failureOf(reading)).code).toBe(Code.Unavailable);
    expect(got).toEqual(["one"]);
  });

  test("a half-open connection is found by pings, and its calls fail", async () => {
    const url = await rawHttp2Server(() => {});
    const client = clientOf(url, { keepalive: { pingIntervalMs: 20, pingTimeoutMs: 20 } });
    const error = await unavailable(client.unary({}));
    expect(error.rawMessage).toContain("ping");
    expect(provenNotProcessed(error)).toBe(false);
  });

  test("pings go on as long as they are answered, and stop while idle", async () => {
    let pings = 0;
    const finish = deferred();
    const enough = deferred();
    const url = await rawHttp2Server((socket, frame) => {
      if (frame.type === frameType.ping && (frame.flags & 1) === 0) {
        pings++;
        socket.write(Buffer.concat([Buffer.from([0, 0, 8, frameType.ping, 1, 0, 0, 0, 0]), frame.payload]));
        if (pings === 3) {
          enough.resolve();
        }
      } else if (frame.type === frameType.headers) {
        finish.promise.then(() => socket.write(rstStream(frame.streamId, 0x8)));
      }
    });
    const client = clientOf(url, { keepalive: { pingIntervalMs: 10, pingTimeoutMs: 5_000 } });
    const failure = failureOf(client.unary({}));
    await enough.promise;
    finish.resolve();
    expect(ConnectError.from(await failure).code).toBe(Code.Canceled);
  });

  test("a stopped server process is found by pings", async () => {
    const child = fork(new URL("./echo-process.ts", import.meta.url), ["server"]);
    const [port] = await once(child, "message");
    cleanup(async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    });
    const client = clientOf(`http://127.0.0.1:${port}`, {
      keepalive: { pingIntervalMs: 20, pingTimeoutMs: 1_000 },
    });
    expect((await client.unary({ text: "alive" })).text).toBe("alive");
    child.kill("SIGSTOP");
    expect((await unavailable(client.unary({}))).rawMessage).toContain("ping");
  });
});

describe("servers that say no", () => {
  test("a refused stream is unavailable, and proof that nothing was done", async () => {
    const url = await rawHttp2Server((socket, frame) => {
      if (frame.type === frameType.headers) {
        socket.write(rstStream(frame.streamId, 0x7));
      }
    });
    expect(provenNotProcessed(await unavailable(clientOf(url).unary({})))).toBe(true);
  });

  test("GOAWAY: streams above its last id fail with proof, those below go on, new calls go to a new connection", async () => {
    const opened: string[] = [];
    let finishFirst = (): void => {};
    const url = await rawHttp2Server((socket, frame, connection) => {
      if (frame.type !== frameType.headers) {
        return;
      }
      opened.push(`${connection}/${frame.streamId}`);
      if (opened.length === 2) {
        finishFirst = () => socket.write(rstStream(1, 0x8));
        socket.write(goaway(1, 0));
      } else if (connection === 2) {
        socket.write(rstStream(frame.streamId, 0x7));
      }
    });
    const client = clientOf(url);
    const first = failureOf(client.unary({}));
    expect(provenNotProcessed(await unavailable(client.unary({})))).toBe(true);
    await unavailable(client.unary({}));
    expect(opened).toEqual(["1/1", "1/3", "2/1"]);
    finishFirst();
    const error = await first;
    expect(ConnectError.from(error).code).toBe(Code.Canceled);
    expect(provenNotProcessed(error)).toBe(false);
  });

  test("a server that answers and leaves the request open is told to forget it", async () => {
    const reset = deferred<number | undefined>();
    const server = createServer();
    server.on("stream", (stream) => {
      stream.on("error", () => {});
      stream.resume();
      stream.once("close", () => reset.resolve(stream.rstCode));
      stream.respond({ "content-type": "application/grpc", "grpc-status": "5" }, { endStream: true });
    });
    async function* endless(): AsyncGenerator<{ text: string }> {
      yield { text: "one" };
      await new Promise(() => {});
    }
    const client = clientOf(await listening(server));
    expect(ConnectError.from(await failureOf(client.clientStream(endless()))).code).toBe(Code.NotFound);
    expect(await reset.promise).toBe(constants.NGHTTP2_CANCEL);
  });

  test("GOAWAY with an error code ends the connection; what it excludes is proven not processed", async () => {
    const opened: number[] = [];
    const url = await rawHttp2Server((socket, frame) => {
      if (frame.type === frameType.headers) {
        opened.push(frame.streamId);
        if (opened.length === 2) {
          socket.write(goaway(1, 0xb));
        }
      }
    });
    const client = clientOf(url);
    const errors = await Promise.all([unavailable(client.unary({})), unavailable(client.unary({}))]);
    expect(errors.map(provenNotProcessed)).toEqual([false, true]);
  });

  test("calls that a server takes before it goes away are finished", async () => {
    const release = deferred();
    const started = deferred();
    const { client, server } = await startPair({
      async unary() {
        started.resolve();
        await release.promise;
        return { text: "done" };
      },
    });
    const answer = client.unary({});
    await started.promise;
    const closed = server.close({ graceMs: 10_000 });
    release.resolve();
    expect((await answer).text).toBe("done");
    await closed;
  });

  test.each([
    [401, Code.Unauthenticated],
    [403, Code.PermissionDenied],
    [404, Code.Unimplemented],
    [429, Code.Unavailable],
    [503, Code.Unavailable],
    [400, Code.Internal],
    [500, Code.Unknown],
  ])("HTTP status %i becomes code %i", async (status, code) => {
    const server = createServer();
    server.on("stream", (stream) => {
      stream.respond({ ":status": status, "content-type": "text/html" });
      stream.end("<h1>a proxy speaks</h1>");
    });
    const error = ConnectError.from(await failureOf(clientOf(await listening(server)).unary({})));
    expect(error.code).toBe(code);
  });

  test("metadata that HTTP/2 cannot carry fails that call alone", async () => {
    const { client } = await startPair({ unary: () => ({ text: "ok" }) });
    const error = await failureOf(client.unary({}, { headers: { "x-bad": "a\nb" } }));
    expect(error).toBeInstanceOf(Error);
    expect((await client.unary({})).text).toBe("ok");
  });
});

describe("the limit on open streams", () => {
  test("calls above it wait their turn, in order", async () => {
    let running = 0;
    let most = 0;
    const order: string[] = [];
    const { client } = await startPair(
      {
        async unary({ text }) {
          running++;
          most = Math.max(most, running);
          order.push(text);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
          return { text };
        },
      },
      { server: { maxConcurrentStreams: 3 } },
    );
    const texts = Array.from({ length: 50 }, (_, i) => String(i));
    const answers = await Promise.all(texts.map((text) => client.unary({ text })));
    expect(answers.map((one) => one.text)).toEqual(texts);
    expect(order).toEqual(texts);
    expect(most).toBeLessThanOrEqual(3);
  });

  test("a waiting call that is aborted leaves the line, and the others go on", async () => {
    const started = deferred();
    const release = deferred();
    const seen: string[] = [];
    const { client } = await startPair(
      {
        async unary({ text }) {
          seen.push(text);
          started.resolve();
          await release.promise;
          return { text };
        },
      },
      { server: { maxConcurrentStreams: 1 } },
    );
    const caller = new AbortController();
    const first = client.unary({ text: "first" });
    await started.promise;
    const second = failureOf(client.unary({ text: "second" }, { signal: caller.signal }));
    const third = client.unary({ text: "third" });
    caller.abort();
    expect(provenNotProcessed(await second)).toBe(true);
    release.resolve();
    expect([(await first).text, (await third).text]).toEqual(["first", "third"]);
    expect(seen).toEqual(["first", "third"]);
  });
});

describe("the end of a transport", () => {
  test("close fails open calls, is idempotent, and later calls fail at once", async () => {
    const started = deferred();
    const { client, transport } = await startPair({
      unary() {
        started.resolve();
        return new Promise(() => {});
      },
    });
    const failure = failureOf(client.unary({}));
    await started.promise;
    await Promise.all([transport.close(), transport.close()]);
    expect(ConnectError.from(await failure).code).toBe(Code.Canceled);
    const later = await failureOf(client.unary({}));
    expect(ConnectError.from(later).code).toBe(Code.Canceled);
    expect(provenNotProcessed(later)).toBe(true);
  });

  test("an idle client does not keep its process alive, an open call does", async () => {
    const { port } = await startPair({
      unary: ({ text }) => ({ text }),
      async *serverStream() {
        await new Promise(() => {});
      },
    });
    const idle = fork(new URL("./echo-process.ts", import.meta.url), ["idle-client", String(port)]);
    const [code] = await once(idle, "exit");
    expect(code).toBe(0);
    const busy = fork(new URL("./echo-process.ts", import.meta.url), ["busy-client", String(port)]);
    const exited = once(busy, "exit");
    await once(busy, "message");
    busy.kill("SIGTERM");
    expect((await exited)[1]).toBe("SIGTERM");
  });
});

async function listening(server: ReturnType<typeof createServer>): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  cleanup(async () => {
    for (const session of sessions) {
      session.destroy();
    }
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

// What the server makes of clients that misbehave or vanish.

import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { Code, ConnectError, createClient, type HandlerContext } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { type CallEnd, createGrpcServer } from "../../src/rpc/index.ts";
import {
  cleanup,
  collect,
  deferred,
  type EchoImpl,
  failureOf,
  startPair,
  startServer,
  until,
} from "./fixture.ts";
import { EchoService } from "./gen/echo/v1/echo_pb.ts";
import { emptySettings, frameType, onFrames, preface, rawClient, settingsAck } from "./raw.ts";

const echo: EchoImpl = { unary: ({ text }) => ({ text }) };

/** One request by hand; answers what came back. */
async function request(
  port: number,
  headers: Record<string, string>,
  body: Buffer = Buffer.alloc(0),
): Promise<{ headers: Record<string, unknown>; trailers: Record<string, unknown> }> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const closed = once(session, "close");
  try {
    const stream = session.request({ ":method": "POST", te: "trailers", ...headers });
    const trailers: Record<string, unknown> = {};
    stream.on("trailers", (block) => Object.assign(trailers, block));
    stream.end(body);
    const [block] = await once(stream, "response");
    stream.resume();
    await once(stream, "close");
    return { headers: block, trailers };
  } finally {
    session.close();
    await closed;
  }
}

const unaryPath = { ":path": "/echo.v1.EchoService/Unary", "content-type": "application/grpc" };

function framed(bytes: number[], flags = 0): Buffer {
  const frame = Buffer.from([flags, 0, 0, 0, 0, ...bytes]);
  frame.writeUInt32BE(bytes.length, 1);
  return frame;
}

describe("peers that speak no HTTP/2", () => {
  test.each([
    ["garbage", "\0\x01\x02 this is no protocol at all, but it is long enough to be judged"],
    ["HTTP/1", "GET / HTTP/1.1\r\nhost: x\r\n\r\n"],
    ["a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 and so on, long enough to be judged"],
  ])("%s is disconnected, and the server lives on", async (_, bytes) => {
    const { port, client, server } = await startPair(echo);
    const socket = await rawClient(port);
    const ended = once(socket, "close");
    socket.resume();
    socket.end(Buffer.from(bytes, "latin1"));
    await ended;
    expect((await client.unary({ text: "still here" })).text).toBe("still here");
    await until(() => server.openSessions === 1);
  });

  test("a connection that closes without a byte leaves nothing", async () => {
    const { port, server } = await startPair(echo);
    const socket = await rawClient(port);
    await until(() => server.openSessions === 1);
    socket.destroy();
    await until(() => server.openSessions === 0);
  });

  test("a connection that never shakes hands is cut after handshakeTimeoutMs", async () => {
    const { port, server } = await startPair(echo, { server: { handshakeTimeoutMs: 30 } });
    const socket = await rawClient(port);
    const ended = once(socket, "close");
    socket.resume();
    socket.write(preface.subarray(0, 10));
    await ended;
    await until(() => server.openSessions === 0);
  });
});

describe("requests that are wrong", () => {
  test("an unknown path is unimplemented, in a trailers-only answer", async () => {
    const ends: CallEnd[] = [];
    const { port } = await startPair(echo, { server: { onCallEnd: (end) => ends.push(end) } });
    const { headers } = await request(port, { ...unaryPath, ":path": "/no.such.Service/Method" });
    expect(headers[":status"]).toBe(200);
    expect(headers["grpc-status"]).toBe(String(Code.Unimplemented));
    expect(ends.map((end) => [end.path, end.code])).toEqual([["unknown", Code.Unimplemented]]);
  });

  test("every text of a status is as statusText makes it, the server's own included", async () => {
    const shout: EchoImpl = { unary: () => Promise.reject(new ConnectError("bad {x}", Code.Internal)) };
    const { port, client } = await startPair(shout, {
      server: { statusText: (text) => text.replaceAll(/[{}]/g, "_") },
    });
    expect(await failureOf(client.unary({}))).toMatchObject({ rawMessage: "bad _x_" });
    const messages = [
      await request(port, { ...unaryPath, ":path": "/{x}/Method" }),
      await request(port, { ...unaryPath, "grpc-encoding": "{x}" }, framed([], 1)),
    ].map(({ headers }) => String(headers["grpc-message"]));
    expect(messages).toEqual([expect.stringContaining("/_x_/Method"), expect.stringContaining("_x_")]);
  });

  test.each([true, false])(
    "a content type of nobody is 415, with other protocols %s",
    async (otherProtocols) => {
      const { port } = await startPair(echo, { server: { otherProtocols } });
      const { headers } = await request(port, { ...unaryPath, "content-type": "text/plain" });
      expect(headers[":status"]).toBe(415);
    },
  );

  test("bytes that are no message are internal, and the server lives on", async () => {
    const { port, client } = await startPair(echo);
    const { headers } = await request(port, unaryPath, framed([0xff, 0xff, 0xff]));
    expect(headers["grpc-status"]).toBe(String(Code.Internal));
    expect((await client.unary({ text: "alive" })).text).toBe("alive");
  });

  test.each([
    ["no message", Buffer.alloc(0), Code.Unimplemented],
    ["two messages", Buffer.concat([framed([]), framed([])]), Code.Unimplemented],
    ["half a message", framed([1, 2, 3]).subarray(0, 6), Code.Internal],
    ["unknown flags", framed([], 2), Code.Internal],
    ["a compressed message without encoding", framed([1], 1), Code.Internal],
  ])("a unary request of %s", async (_, body, code) => {
    const { port } = await startPair(echo);
    const { headers } = await request(port, unaryPath, body);
    expect(headers["grpc-status"]).toBe(String(code));
  });

  test("a client that is refused in the middle of its request is told to stop sending", async () => {
    const { port, server } = await startPair(echo, { server: { readMaxBytes: 100 } });
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    cleanup(() => session.destroy());
    const stream = session.request({ ...unaryPath, ":method": "POST" });
    stream.on("error", () => {});
    // The length announces more than is allowed, and the end of the request never comes.
    stream.write(Buffer.from([0, 0, 0, 1, 0]));
    const [headers] = await once(stream, "response");
    expect(headers["grpc-status"]).toBe(String(Code.ResourceExhausted));
    stream.resume();
    await once(stream, "close");
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
    expect(server.openCalls).toBe(0);
  });

  test("an unknown encoding is unimplemented and says what is known", async () => {
    const { port } = await startPair(echo);
    const { headers } = await request(port, { ...unaryPath, "grpc-encoding": "snappy" }, framed([]));
    expect(headers["grpc-status"]).toBe(String(Code.Unimplemented));
    expect(headers["grpc-accept-encoding"]).toBe("identity,gzip");
  });

  test("a timeout that is none is invalid, a timeout of zero has passed", async () => {
    const { port } = await startPair(echo);
    const status = async (timeout: string): Promise<unknown> =>
      (await request(port, { ...unaryPath, "grpc-timeout": timeout }, framed([]))).headers["grpc-status"];
    expect(await status("5 seconds")).toBe(String(Code.InvalidArgument));
    expect(await status("123456789S")).toBe(String(Code.InvalidArgument));
    expect(await status("0m")).toBe(String(Code.DeadlineExceeded));
  });
});

describe("clients that vanish", () => {
  const vanishings: readonly [string, (session: ReturnType<typeof connectHttp2>) => void][] = [
    ["resets its stream", () => {}],
    ["destroys its session", (session) => session.destroy()],
  ];
  test.each(vanishings)("a client that %s aborts the signal and ends the iterable", async (how, vanish) => {
    const waiting = deferred();
    const aborted = deferred();
    const returned = deferred();
    const ends: CallEnd[] = [];
    const { port, server } = await startPair(
      {
        serverStream(_request, context) {
          context.signal.addEventListener("abort", () => aborted.resolve());
          waiting.resolve();
          return blocked(() => returned.resolve());
        },
      },
      { server: { onCallEnd: (end) => ends.push(end) } },
    );
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    cleanup(() => session.destroy());
    const stream = session.request({
      ...unaryPath,
      ":method": "POST",
      ":path": "/echo.v1.EchoService/ServerStream",
    });
    stream.on("error", () => {});
    stream.end(framed([]));
    await waiting.promise;
    vanish(session);
    if (how === "resets its stream") {
      stream.close(constants.NGHTTP2_CANCEL);
    }
    await aborted.promise;
    await returned.promise;
    expect(server.openCalls).toBe(0);
    expect(ends.map((end) => end.code)).toEqual([Code.Canceled]);
  });

  test("a client that stops in the middle of its request ends the iteration over its messages", async () => {
    const failure = deferred<unknown>();
    const first = deferred();
    const { port } = await startPair({
      async clientStream(requests) {
        try {
          for await (const _ of requests) {
            first.resolve();
          }
        } catch (error) {
          failure.resolve(error);
        }
        return {};
      },
    });
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const stream = session.request({
      ...unaryPath,
      ":method": "POST",
      ":path": "/echo.v1.EchoService/ClientStream",
    });
    stream.on("error", () => {});
    stream.write(framed([]));
    await first.promise;
    session.destroy();
    expect(ConnectError.from(await failure.promise).code).toBe(Code.Canceled);
  });

  test("a client that answers no ping is cut, and its calls are cancelled", async () => {
    const { port, server } = await startPair(echo, {
      server: { keepalive: { pingIntervalMs: 20, pingTimeoutMs: 20, whileIdle: true } },
    });
    const socket = await rawClient(port);
    const ended = once(socket, "close");
    const pinged = deferred();
    onFrames(socket, 0, (frame) => {
      if (frame.type === frameType.ping) {
        pinged.resolve();
      }
    });
    socket.write(Buffer.concat([preface, emptySettings, settingsAck]));
    await pinged.promise;
    await ended;
    await until(() => server.openSessions === 0);
  });
});

describe("metadata that HTTP/2 cannot carry", () => {
  const bad = "a\u0001b";

  test("a unary call fails, whether they go in front, behind or with an error", async () => {
    for (const spoil of [
      ({ responseHeader }: HandlerContext) => responseHeader.set("x-bad", bad),
      ({ responseTrailer }: HandlerContext) => responseTrailer.set("x-bad", bad),
      (): void => {
        throw new ConnectError("refused", Code.NotFound, { "x-bad": bad });
      },
    ]) {
      const { client } = await startPair({
        unary: (_, context) => {
          spoil(context);
          return {};
        },
      });
      const error = ConnectError.from(await failureOf(client.unary({})));
      expect([Code.Internal, Code.NotFound]).toContain(error.code);
    }
  });

  test("a stream fails", async () => {
    const { client } = await startPair({
      async *serverStream(_, context) {
        context.responseHeader.set("x-bad", bad);
        yield { index: 1 };
      },
    });
    const read = async (): Promise<void> => {
      for await (const _ of client.serverStream({})) {
        // Nothing comes.
      }
    };
    expect(ConnectError.from(await failureOf(read())).code).toBe(Code.Internal);
  });
});

describe("other protocols on the port", () => {
  test("an authority that makes no URL is answered 400, and the server lives on", async () => {
    const { port, client } = await startPair(echo);
    const { headers } = await request(
      port,
      { ":path": "/echo.v1.EchoService/Unary", ":authority": "h:99999", "content-type": "application/json" },
      Buffer.from("{}"),
    );
    expect(headers[":status"]).toBe(400);
    expect((await client.unary({ text: "x" })).text).toBe("x");
  });

  test("the Connect protocol is answered over HTTP/2, streams included, and observed", async () => {
    const ends: CallEnd[] = [];
    const { url } = await startPair(
      {
        ...echo,
        async *serverStream({ count }) {
          for (let index = 0; index < count; index++) {
            yield { index };
          }
        },
      },
      { server: { onCallEnd: (end) => ends.push(end) } },
    );
    const client = createClient(
      EchoService,
      createConnectTransport({ baseUrl: url, httpVersion: "2", idleConnectionTimeoutMs: 1 }),
    );
    expect((await client.unary({ text: "connect" })).text).toBe("connect");
    expect(await collect(client.serverStream({ count: 3 }))).toHaveLength(3);
    expect(ends.map((end) => [end.path, end.code])).toEqual([
      ["/echo.v1.EchoService/Unary", 0],
      ["/echo.v1.EchoService/ServerStream", 0],
    ]);
  });
});

describe("listening", () => {
  test("a port that is taken is the caller's error, and the server can try another", async () => {
    const taken = await startServer(echo);
    const server = createGrpcServer({ routes: () => {} });
    cleanup(() => server.close());
    const port = taken.addresses[0]?.port ?? 0;
    expect(await failureOf(server.listen({ port }))).toMatchObject({ code: "EADDRINUSE" });
    expect((await server.listen()).port).toBeGreaterThan(0);
  });

  test("one server answers on several addresses, and closes them all", async () => {
    const server = await startServer(echo);
    const second = await server.listen();
    expect(server.addresses).toHaveLength(2);
    const { headers } = await request(second.port, { ...unaryPath, ":path": "/x.Y/Z" });
    expect(headers["grpc-status"]).toBe(String(Code.Unimplemented));
    await server.close();
    expect(server.addresses).toEqual([]);
    await expect(rawClient(second.port)).rejects.toThrow("ECONNREFUSED");
  });

  test("connections above maxConnections are closed on arrival", async () => {
    const { port, client } = await startPair(echo, { server: { maxConnections: 1 } });
    expect((await client.unary({ text: "first" })).text).toBe("first");
    const socket = await rawClient(port);
    socket.resume();
    await once(socket, "close");
    expect((await client.unary({ text: "still" })).text).toBe("still");
  });
});

function blocked(onReturn: () => void): AsyncIterable<never> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: () => {
        onReturn();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}

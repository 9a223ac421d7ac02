// Who may call: decided before the request is read, in every protocol.

import { type ClientHttp2Session, connect, type ServerHttp2Stream } from "node:http2";
import {
  type CallOptions,
  Code,
  ConnectError,
  createClient,
  createContextKey,
  type Transport,
} from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { describe, expect, test, vi } from "vitest";
import { type AdmitContext, type CallEnd, ErrorInfoSchema } from "../../src/rpc/index.ts";
import { pem } from "./certs.ts";
import {
  cleanup,
  collect,
  deferred,
  type EchoImpl,
  failureOf,
  type Pair,
  type PairOptions,
  startPair,
  until,
} from "./fixture.ts";
import { EchoService } from "./gen/echo/v1/echo_pb.ts";
import { createRequestFrame } from "./raw.ts";

const caller = createContextKey("nobody");

const echo: EchoImpl = {
  unary: ({ text }, { values }) => ({ text: `${values.get(caller)}: ${text}` }),
  async *serverStream({ text }, { values }) {
    yield { text: `${values.get(caller)}: ${text}` };
  },
  clientStream: async (requests, { values }) => ({
    text: `${values.get(caller)}: ${(await collect(requests)).map(({ text }) => text).join()}`,
  }),
  async *bidi(requests, { values }) {
    for await (const { text } of requests) {
      yield { text: `${values.get(caller)}: ${text}` };
    }
  },
};

/** Lets in who says a name, and tells the implementation which. */
function byName({ requestHeader, values }: AdmitContext): void {
  const name = requestHeader.get("x-name");
  if (name === null) {
    const details = [{ desc: ErrorInfoSchema, value: { reason: "NAMELESS" } }];
    throw new ConnectError("say your name", Code.Unauthenticated, { "x-hint": "name" }, details);
  }
  values.set(caller, name);
}

async function laterByName(context: AdmitContext): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  byName(context);
}

const http = (url: string) => ({ baseUrl: url, httpVersion: "2", idleConnectionTimeoutMs: 1 }) as const;
const transports: readonly (readonly [string, (pair: Pair) => Transport])[] = [
  ["gRPC", ({ transport }) => transport],
  ["Connect", ({ url }) => createConnectTransport({ ...http(url), useBinaryFormat: true })],
  ["Connect with JSON", ({ url }) => createConnectTransport(http(url))],
  ["gRPC-Web", ({ url }) => createGrpcWebTransport(http(url))],
];
const cases = transports.flatMap(([name, over]) => [
  { name, over, when: "at once", admit: byName },
  { name, over, when: "later", admit: laterByName },
]);

async function* texts(...all: string[]): AsyncGenerator<{ text: string }> {
  for (const text of all) {
    yield { text };
  }
}

describe.each(cases)("over $name, decided $when,", ({ over, admit }) => {
  test("who may call is answered in all kinds of calls, and is known to the implementation", async () => {
    const client = createClient(EchoService, over(await startPair(echo, { server: { admit } })));
    const headers = { "x-name": "ann" };
    expect((await client.unary({ text: "a" }, { headers })).text).toBe("ann: a");
    expect((await collect(client.serverStream({ text: "b" }, { headers }))).map(({ text }) => text)).toEqual([
      "ann: b",
    ]);
    expect((await client.clientStream(texts("c", "d"), { headers })).text).toBe("ann: c,d");
    expect((await collect(client.bidi(texts("e", "f"), { headers }))).map(({ text }) => text)).toEqual([
      "ann: e",
      "ann: f",
    ]);
  });

  test("who may not is refused in all kinds of calls, with the whole error, and is counted", async () => {
    const ends: CallEnd[] = [];
    const called: string[] = [];
    const noting = (name: string) => () => {
      called.push(name);
      throw new ConnectError("called", Code.Aborted);
    };
    const implementation: EchoImpl = {
      unary: noting("unary"),
      serverStream: noting("serverStream"),
      clientStream: noting("clientStream"),
      bidi: noting("bidi"),
    };
    const server = { admit, onCallEnd: (end: CallEnd) => ends.push(end) };
    const client = createClient(EchoService, over(await startPair(implementation, { server })));
    const large = new Uint8Array(1_000_000);
    for (const call of [
      () => client.unary({ data: large }),
      () => collect(client.serverStream({ data: large })),
      () => client.clientStream(texts("a", "b")),
      () => collect(client.bidi(texts("a", "b"))),
    ]) {
      const error = ConnectError.from(await failureOf(call()));
      expect([error.code, error.rawMessage]).toEqual([Code.Unauthenticated, "say your name"]);
      expect(error.metadata.get("x-hint")).toBe("name");
      expect(error.findDetails(ErrorInfoSchema)[0]?.reason).toBe("NAMELESS");
    }
    expect(called).toEqual([]);
    expect(ends.map(({ path, code }) => [path.slice("/echo.v1.EchoService/".length), code])).toEqual(
      ["Unary", "ServerStream", "ClientStream", "Bidi"].map((name) => [name, Code.Unauthenticated]),
    );
  });
});

describe("the decision", () => {
  test.each([
    ["gRPC", "application/grpc", (bytes: Buffer) => createRequestFrame(bytes)],
    ["gRPC-Web", "application/grpc-web+proto", (bytes: Buffer) => createRequestFrame(bytes)],
    ["Connect", "application/json", (bytes: Buffer) => bytes],
  ])("comes before a message that cannot be parsed, over %s", async (_, type, framed) => {
    const seen: string[] = [];
    const { session } = await rawPair({
      server: {
        admit({ method }) {
          seen.push(method.name);
          throw new ConnectError("no", Code.PermissionDenied);
        },
      },
    });
    const answer = await post(session, type, framed(Buffer.from("{ nonsense")));
    expect(answer).toMatch(/grpc-status"?: ?"?7|permission_denied/);
    expect(seen).toEqual(["Unary"]);
  });

  test("comes before a request that never ends, whose client is told to stop", async () => {
    const { session, server } = await rawPair({ server: { admit: byName } });
    const stream = session.request(headersOf("application/grpc"));
    const closed = new Promise((resolve) => stream.on("close", resolve));
    stream.on("error", () => {});
    stream.resume();
    await closed;
    expect([stream.rstCode, server.openCalls]).toEqual([0, 0]);
  });

  test("that takes its time leaves the request on the connection, and ends with the call", async () => {
    const { client, server } = await startPair(echo, {
      server: {
        admit: ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      },
    });
    const late = await failureOf(client.unary({ data: new Uint8Array(1_000_000) }, { timeoutMs: 30 }));
    expect(ConnectError.from(late).code).toBe(Code.DeadlineExceeded);
    const caller = new AbortController();
    const failure = failureOf(collect(client.bidi(texts("a"), { signal: caller.signal })));
    await until(() => server.openCalls === 1);
    caller.abort();
    expect(ConnectError.from(await failure).code).toBe(Code.Canceled);
    await until(() => server.openCalls === 0);
    const open = failureOf(client.unary({}));
    await until(() => server.openCalls === 1);
    await server.close();
    expect(ConnectError.from(await open).code).toBe(Code.Unavailable);
  });

  test.each(transports)("leaves no stream of a refused call on the server, over %s", async (_, over) => {
    const streams: ServerHttp2Stream[] = [];
    const create = vi.spyOn(process.getBuiltinModule("node:http2"), "createServer");
    const pair = await startPair(echo, { server: { admit: laterByName } });
    const [made] = create.mock.results;
    create.mockRestore();
    expect(made?.type).toBe("return");
    if (made?.type === "return") {
      made.value.on("session", (session) => session.on("stream", (stream) => streams.push(stream)));
    }
    const client = createClient(EchoService, over(pair));
    await failureOf(client.unary({ data: new Uint8Array(1_000_000) }));
    await failureOf(collect(client.serverStream({ text: "small" })));
    expect(streams).toHaveLength(2);
    await until(() => streams.every((stream) => stream.destroyed));
  });

  test("that comes after the end of the call changes nothing", async () => {
    const decided = deferred();
    const called: string[] = [];
    let asked = 0;
    const { client, server } = await startPair(
      {
        unary: ({ text }) => ({ text: called.push(text).toString() }),
        clientStream: async () => ({ text: called.push("stream").toString() }),
      },
      {
        server: {
          admit({ requestHeader }) {
            if (!requestHeader.has("x-late")) {
              return undefined;
            }
            asked += 1;
            return decided.promise;
          },
        },
      },
    );
    for (const [index, call] of [
      (late: CallOptions) => client.unary({ text: "late" }, late),
      (late: CallOptions) => client.clientStream(texts("late"), late),
    ].entries()) {
      const caller = new AbortController();
      const failing = failureOf(call({ signal: caller.signal, headers: { "x-late": "1" } }));
      await until(() => asked === index + 1);
      caller.abort();
      expect(ConnectError.from(await failing).code).toBe(Code.Canceled);
    }
    await until(() => server.openCalls === 0);
    decided.resolve();
    await client.unary({ text: "next" });
    expect(called).toEqual(["next"]);
  });

  test("that fails with a foreign error is internal, and keeps its text to itself", async () => {
    for (const [, over] of transports) {
      const pair = await startPair(echo, { server: { admit: () => Promise.reject(new Error("secret")) } });
      const error = ConnectError.from(await failureOf(createClient(EchoService, over(pair)).unary({})));
      expect([error.code, error.rawMessage]).toEqual([Code.Internal, "internal error"]);
    }
  });

  test("is not asked for a path that no service has", async () => {
    const asked: string[] = [];
    const { client } = await startPair(
      {},
      {
        server: { routes: () => {}, admit: ({ url }) => void asked.push(url) },
      },
    );
    expect(ConnectError.from(await failureOf(client.unary({}))).code).toBe(Code.Unimplemented);
    expect(asked).toEqual([]);
  });

  test("sees where a call comes from, and the certificate it shows", async () => {
    const ca = pem("ca.pem");
    const tls = { ca, cert: pem("client.pem"), key: pem("client.key") };
    const seen: unknown[] = [];
    const pair = await startPair(echo, {
      server: {
        tls: { ca, cert: pem("server.pem"), key: pem("server.key") },
        admit: ({ peer }) =>
          void seen.push([peer.address, typeof peer.port, peer.certificate?.subject.replaceAll("\n", " ")]),
      },
      client: { tls },
    });
    await pair.client.unary({});
    const web = createGrpcWebTransport({ ...http(pair.url), nodeOptions: tls });
    await createClient(EchoService, web).unary({});
    const expected = ["127.0.0.1", "number", expect.stringContaining("CN=")];
    expect(seen).toEqual([expected, expected]);
    const plain: unknown[] = [];
    const { client } = await startPair(echo, {
      server: { admit: ({ peer }) => void plain.push([peer.address, peer.certificate]) },
    });
    await client.unary({});
    expect(plain).toEqual([["127.0.0.1", undefined]]);
  });
});

async function rawPair(options: PairOptions): Promise<Pair & { readonly session: ClientHttp2Session }> {
  const pair = await startPair(echo, options);
  const session = connect(pair.url);
  session.on("error", () => {});
  cleanup(() => session.destroy());
  return { ...pair, session };
}

function headersOf(type: string) {
  return { ":method": "POST", ":path": "/echo.v1.EchoService/Unary", "content-type": type, te: "trailers" };
}

/** Everything that the server says: headers, body and trailers. */
function post(session: ClientHttp2Session, type: string, body: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const stream = session.request(headersOf(type));
    let said = "";
    stream.on("error", () => {});
    stream.on("response", (headers) => {
      said += JSON.stringify(headers);
    });
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString("latin1");
    });
    stream.on("close", () => resolve(said));
    stream.end(body);
  });
}

// The end of a caller is noticed on every protocol: the implementation's signal aborts, its iterator is let go, the call is over.
import { connect as connectHttp2 } from "node:http2";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { cleanup, deferred, startPair, startTransport, until } from "./fixture.ts";
import { EchoService } from "./gen/echo/v1/echo_pb.ts";

const http = (baseUrl: string) => ({ httpVersion: "2" as const, baseUrl, idleConnectionTimeoutMs: 1 });
const protocols: readonly (readonly [string, (url: string) => Transport])[] = [
  ["gRPC", (url) => startTransport({ baseUrl: url })],
  ["Connect", (url) => createConnectTransport({ ...http(url), useBinaryFormat: true })],
  ["Connect with JSON", (url) => createConnectTransport(http(url))],
  ["gRPC-Web", (url) => createGrpcWebTransport(http(url))],
];

/** A stream that says nothing, for ever. */
async function startSilentStream() {
  const started = deferred();
  const aborted = deferred();
  const returned = deferred();
  const { server, url } = await startPair({
    serverStream(_request, context) {
      context.signal.addEventListener("abort", () => aborted.resolve());
      return {
        [Symbol.asyncIterator]: () => ({
          next() {
            started.resolve();
            return new Promise(() => {});
          },
          return() {
            returned.resolve();
            return Promise.resolve({ done: true, value: undefined });
          },
        }),
      };
    },
  });
  return { server, url, started: started.promise, over: Promise.all([aborted.promise, returned.promise]) };
}

describe.each(protocols)("over %s", (_name, transportOf) => {
  test("a silent stream ends with its caller", async () => {
    const { server, url, started, over } = await startSilentStream();
    const caller = new AbortController();
    const client = createClient(EchoService, transportOf(url));
    const reading = client.serverStream({}, { signal: caller.signal })[Symbol.asyncIterator]().next();
    reading.catch(() => {});
    await started;
    expect(server.openCalls).toBe(1);
    caller.abort();
    await over;
    await until(() => server.openCalls === 0);
  });
});

test.each([
  ["Connect", "application/connect+json"],
  ["gRPC-Web", "application/grpc-web+json"],
])("a silent stream of %s ends with its connection", async (_name, contentType) => {
  const { server, url, started, over } = await startSilentStream();
  const session = connectHttp2(url).on("error", () => {});
  cleanup(() => session.destroy());
  const stream = session.request({
    ":method": "POST",
    ":path": "/echo.v1.EchoService/ServerStream",
    "content-type": contentType,
    "connect-protocol-version": "1",
  });
  stream.on("error", () => {});
  stream.end(Buffer.from([0, 0, 0, 0, 2, 0x7b, 0x7d]));
  await started;
  session.destroy();
  await over;
  await until(() => server.openCalls === 0);
});

// How a server stops: what running calls are told, and that it ends within its bound.

import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { createGrpcServer, ErrorInfoSchema, provenNotProcessed } from "../../src/rpc/index.ts";
import { cleanup, collect, deferred, failureOf, startPair, startTransport } from "./fixture.ts";
import { EchoService } from "./gen/echo/v1/echo_pb.ts";
import { emptySettings, preface, rawFrame, settingsAck } from "./raw.ts";

function infoOf(error: unknown): { code: Code; reason: string | undefined; domain: string | undefined } {
  const connectError = ConnectError.from(error);
  const [info] = connectError.findDetails(ErrorInfoSchema);
  return { code: connectError.code, reason: info?.reason, domain: info?.domain };
}

describe("closing a server", () => {
  test("a listen that a close overtakes leaves no open port", async () => {
    const server = createGrpcServer({ routes: () => {} });
    const listening = server.listen().catch((error: unknown) => error);
    await server.close();
    expect(await listening).toBeInstanceOf(Error);
    // The fixture fails the test for any listener that is left.
  });

  test("streams end at once with UNAVAILABLE and the reason, also when they are blocked", async () => {
    const started = deferred();
    const returned = deferred();
    const aborted = deferred();
    const { client, server } = await startPair(
      {
        serverStream(_request, context) {
          context.signal.addEventListener("abort", () => aborted.resolve());
          started.resolve();
          return {
            [Symbol.asyncIterator]: () => ({
              next: () => new Promise(() => {}),
              return: () => {
                returned.resolve();
                return Promise.resolve({ done: true, value: undefined });
              },
            }),
          };
        },
      },
      { server: { shutdown: { reason: "GOING_DOWN", domain: "echo" } } },
    );
    const failure = failureOf(collect(client.serverStream({})));
    await started.promise;
    await server.close({ graceMs: 60_000 });
    expect(infoOf(await failure)).toEqual({ code: Code.Unavailable, reason: "GOING_DOWN", domain: "echo" });
    await Promise.all([returned.promise, aborted.promise]);
  });

  test("a call that does not finish within graceMs gets UNAVAILABLE", async () => {
    const started = deferred();
    const { client, server } = await startPair({
      unary() {
        started.resolve();
        return new Promise(() => {});
      },
    });
    const failure = failureOf(client.unary({}));
    await started.promise;
    await server.close({ graceMs: 30 });
    expect(infoOf(await failure)).toEqual({ code: Code.Unavailable, reason: "SHUTTING_DOWN", domain: "" });
  });

  test("an upload in progress is told, too", async () => {
    const started = deferred();
    const { client, server } = await startPair({
      async clientStream(requests) {
        started.resolve();
        await collect(requests);
        return {};
      },
    });
    async function* endless(): AsyncGenerator<{ text: string }> {
      yield { text: "one" };
      await new Promise(() => {});
    }
    const failure = failureOf(client.clientStream(endless()));
    await started.promise;
    await server.close({ graceMs: 60_000 });
    expect(infoOf(await failure).code).toBe(Code.Unavailable);
  });

  test("after close the port refuses, which proves that nothing was done", async () => {
    const { client, server } = await startPair({ unary: () => ({ text: "ok" }) });
    await client.unary({});
    await server.close();
    const error = await failureOf(client.unary({}));
    expect(ConnectError.from(error).code).toBe(Code.Unavailable);
    expect(provenNotProcessed(error)).toBe(true);
  });

  test("an idle client that never says goodbye is cut without waiting for graceMs", async () => {
    const { port, server } = await startPair({ unary: () => ({}) });
    const socket = connectTcp({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => {});
    cleanup(() => {
      socket.destroy();
    });
    await once(socket, "connect");
    socket.write(Buffer.concat([preface, emptySettings, settingsAck, rawFrame(6, 0, 0, Buffer.alloc(8))]));
    await once(socket, "data");
    await server.close({ graceMs: 60_000 });
    expect(server.openSessions).toBe(0);
  });

  test("closing twice, and closing what never listened, is fine", async () => {
    const { server } = await startPair({});
    const first = server.close();
    expect(server.close({ graceMs: 1 })).toBe(first);
    await first;
    const { createGrpcServer } = await import("../../src/rpc/index.ts");
    await createGrpcServer({ routes: () => {} }).close();
  });

  test("streams of the Connect protocol end, too", async () => {
    const started = deferred();
    const { url, server } = await startPair({
      async *serverStream(_request, context) {
        yield { text: "one" };
        started.resolve();
        await once(context.signal, "abort");
        throw context.signal.reason;
      },
    });
    const { createConnectTransport } = await import("@connectrpc/connect-node");
    const client = createClient(EchoService, createConnectTransport({ baseUrl: url, httpVersion: "2" }));
    const failure = failureOf(collect(client.serverStream({})));
    await started.promise;
    await server.close({ graceMs: 60_000 });
    expect(infoOf(await failure)).toEqual({ code: Code.Unavailable, reason: "SHUTTING_DOWN", domain: "" });
  });

  test("two hundred clients are let go", async () => {
    const { url, server } = await startPair({ unary: ({ text }) => ({ text }) });
    const clients = Array.from({ length: 200 }, () =>
      createClient(EchoService, startTransport({ baseUrl: url })),
    );
    await Promise.all(clients.map((client) => client.unary({ text: "hello" })));
    expect(server.openSessions).toBe(200);
    await server.close({ graceMs: 60_000 });
    expect(server.openSessions).toBe(0);
  });
});

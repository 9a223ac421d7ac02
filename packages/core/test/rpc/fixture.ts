// A server, a client and a check that nothing of them is left, for each test of core/rpc.

import { type Client, createClient, type ServiceImpl } from "@connectrpc/connect";
import { expect, onTestFinished, TestRunner } from "vitest";
import {
  createGrpcServer,
  createGrpcTransport,
  type GrpcServer,
  type GrpcServerOptions,
  type GrpcTransport,
  type GrpcTransportOptions,
} from "../../src/rpc/index.ts";
import { EchoService } from "./gen/echo/v1/echo_pb.ts";

export type EchoImpl = Partial<ServiceImpl<typeof EchoService>>;

export interface Pair {
  readonly server: GrpcServer;
  readonly transport: GrpcTransport;
  readonly client: Client<typeof EchoService>;
  readonly url: string;
  readonly port: number;
}

export interface PairOptions {
  readonly server?: Partial<GrpcServerOptions>;
  readonly client?: Partial<GrpcTransportOptions>;
}

let guarded: unknown;

/** Runs after the test, last registered first; after all of them, nothing of the test may be left. */
export function cleanup(run: () => Promise<void> | void): void {
  const test = TestRunner.getCurrentTest();
  if (guarded !== test) {
    guarded = test;
    const timersBefore = activeResources("Timeout");
    // Fails by its own timeout, with the name of what is left in the way.
    onTestFinished(async () => {
      await until(() => activeResources("TCP") === 0 && activeResources("TLS") === 0);
      await until(() => activeResources("Timeout") <= timersBefore);
    });
  }
  onTestFinished(run);
}

/** How many handles and timers of a kind keep this process alive. */
function activeResources(kind: string): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith(kind)).length;
}

/** Starts a server for the implementation and a client for it. */
export async function startPair(implementation: EchoImpl, options: PairOptions = {}): Promise<Pair> {
  const server = await startServer(implementation, options.server);
  const [address] = server.addresses;
  const port = address?.port ?? 0;
  const url = `${options.server?.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  const transport = startTransport({ baseUrl: url, ...options.client });
  return { server, transport, client: createClient(EchoService, transport), url, port };
}

export async function startServer(
  implementation: EchoImpl,
  options: Partial<GrpcServerOptions> = {},
): Promise<GrpcServer> {
  const server = createGrpcServer({
    routes: (router) => router.service(EchoService, implementation),
    ...options,
  });
  cleanup(async () => {
    await server.close();
    expect(server.openSessions).toBe(0);
    expect(server.openCalls).toBe(0);
  });
  await server.listen();
  return server;
}

export function startTransport(options: GrpcTransportOptions): GrpcTransport {
  const transport = createGrpcTransport(options);
  cleanup(() => transport.close());
  return transport;
}

/** One turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Resolves once the condition holds, looked at once per turn; the test's own timeout is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await nextTurn();
  }
}

/** A promise with its ends in hand. */
export function deferred<T = void>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>();
}

/** The error a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => expect.unreachable("it succeeded"),
    (error: unknown) => error,
  );
}

export async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of messages) {
    all.push(message);
  }
  return all;
}

// A process of its own for tests that stop it or watch it end: a server, or a client that is idle or busy.

import { createClient } from "@connectrpc/connect";
import { createGrpcServer, createGrpcTransport } from "../../src/rpc/index.ts";
import { EchoService } from "./gen/echo/v1/echo_pb.ts";

const [, , role, port] = process.argv;

async function serve(): Promise<void> {
  const server = createGrpcServer({
    routes: (router) => router.service(EchoService, { unary: ({ text }) => ({ text }) }),
  });
  process.send?.((await server.listen()).port);
}

async function call(stream: boolean): Promise<void> {
  const client = createClient(EchoService, createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }));
  await client.unary({ text: "once" });
  if (stream) {
    process.send?.("busy");
  }
  process.disconnect();
  if (stream) {
    for await (const _ of client.serverStream({})) {
      // The server never sends one.
    }
  }
}

await (role === "server" ? serve() : call(role === "busy-client"));

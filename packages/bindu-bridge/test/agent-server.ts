// An agent process of a test: the AgentHandler of our own description, with what a test wants it to do, and the bare wire below it.

import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { ServiceImpl } from "@connectrpc/connect";
import { createGrpcServer, type GrpcServerOptions } from "@x/core/rpc";
import { AgentHandler } from "../src/proto.ts";

export interface TestAgent extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
}

/** An agent of which only what is given is implemented. */
export async function startAgent(
  agent: Partial<ServiceImpl<typeof AgentHandler>>,
  options: Omit<GrpcServerOptions, "routes"> & { readonly port?: number } = {},
): Promise<TestAgent> {
  const { port: wanted = 0, ...server } = options;
  const grpc = createGrpcServer({ ...server, routes: (router) => router.service(AgentHandler, agent) });
  const { port } = await grpc.listen({ port: wanted });
  return { address: `localhost:${port}`, port, [Symbol.asyncDispose]: () => grpc.close() };
}

/** An answer of one message, or of as many as there are. */
export const frame = (hex: string): Buffer => {
  const body = Buffer.from(hex, "hex");
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
};

export interface BareRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The message, without the five bytes before it. */
  readonly hex: string;
}

/** An agent that writes down the bytes of requests, and answers with bytes. */
export async function startBareAgent(
  answer: (stream: ServerHttp2Stream) => void = answerWith(""),
): Promise<TestAgent & { readonly requests: readonly BareRequest[] }> {
  const requests: BareRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("stream", (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("error", () => {});
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const hex = Buffer.concat(chunks).subarray(5).toString("hex");
      requests.push({ path: String(headers[":path"]), headers, hex });
      answer(stream);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // Listening on a port of TCP: the address is an object.
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    port,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise<unknown>((resolve) => server.close(resolve));
    },
  };
}

/** Answers with one message and a status. */
export function answerWith(hex: string, status = "0"): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": status }));
    stream.end(frame(hex));
  };
}

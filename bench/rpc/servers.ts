// The servers under measurement, each answering bench.v1.EchoService: `node servers.ts <kind>` prints the port.

import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import grpc from "@grpc/grpc-js";
import { createGrpcServer } from "@x/core/rpc";
import {
  type EchoRequest,
  EchoRequestSchema,
  EchoResponseSchema,
  EchoService,
} from "./gen/bench/v1/echo_pb.ts";
import { echoDefinition } from "./grpc-js-definition.ts";

const answer = (request: EchoRequest) => ({ agentId: request.agentId, taskId: request.taskId, token: 7n });

async function ours(): Promise<number> {
  const server = createGrpcServer({ routes: (router) => router.service(EchoService, { echo: answer }) });
  return (await server.listen()).port;
}

function stock(): Promise<number> {
  const handler = connectNodeAdapter({ routes: (router) => router.service(EchoService, { echo: answer }) });
  const server = createServer(handler);
  return listening(server);
}

function grpcJs(): Promise<number> {
  const server = new grpc.Server();
  server.addService(
    { echo: echoDefinition },
    {
      echo: (call: grpc.ServerUnaryCall<EchoRequest, unknown>, done: grpc.sendUnaryData<unknown>) =>
        done(null, create(EchoResponseSchema, answer(call.request))),
    },
  );
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

/** The floor: what any server on Node's HTTP/2 streams costs, without deadlines, limits, metadata or errors. */
function bare(): Promise<number> {
  const server = createServer();
  server.on("stream", (stream: ServerHttp2Stream) => {
    let body: Buffer | undefined;
    stream.on("error", () => {});
    stream.on("data", (chunk: Buffer) => {
      body = body === undefined ? chunk : Buffer.concat([body, chunk]);
    });
    stream.on("end", () => {
      const request = fromBinary(EchoRequestSchema, (body ?? Buffer.alloc(5)).subarray(5));
      const message = toBinary(EchoResponseSchema, create(EchoResponseSchema, answer(request)));
      const frame = Buffer.allocUnsafe(5 + message.length);
      frame[0] = 0;
      frame.writeUInt32BE(message.length, 1);
      frame.set(message, 5);
      stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(frame);
    });
  });
  return listening(server);
}

function listening(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

const kinds: Record<string, () => Promise<number>> = { ours, stock, "grpc-js": grpcJs, bare };
const start = kinds[process.argv[2] ?? ""];
if (start === undefined) {
  throw new Error(`no server is called ${process.argv[2]}`);
}
// An orderly end, so that a profiler gets to write what it saw.
process.once("SIGTERM", () => process.exit(0));
console.log(await start());

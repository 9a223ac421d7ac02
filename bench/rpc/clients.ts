// The clients under measurement: `node clients.ts <kind> <port>` prints what one call costs alone and among 100 callers.

import { type ClientHttp2Session, connect } from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport as createStockTransport } from "@connectrpc/connect-node";
import grpc from "@grpc/grpc-js";
import { createGrpcTransport } from "@x/core/rpc";
import {
  EchoRequestSchema,
  type EchoResponse,
  EchoResponseSchema,
  EchoService,
} from "./gen/bench/v1/echo_pb.ts";
import { echoDefinition } from "./grpc-js-definition.ts";

type Call = () => Promise<EchoResponse>;

const request = { agentId: "agent-0123456789", taskId: "task-0123456789abcdef", ttlSeconds: 30n };

/** Every caller names a deadline: that is how the SDK calls. */
const timeoutMs = 10_000;

function throughConnect(transport: Transport): Call {
  const client = createClient(EchoService, transport);
  return () => client.echo(request, { timeoutMs });
}

function throughGrpcJs(port: number): Call {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = echoDefinition;
  return () =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        create(EchoRequestSchema, request),
        { deadline: Date.now() + timeoutMs },
        (error, response) => (error === null && response !== undefined ? resolve(response) : reject(error)),
      );
    });
}

/** The floor: what any client on Node's HTTP/2 streams costs. */
function throughBareHttp2(session: ClientHttp2Session): Call {
  return () =>
    new Promise((resolve, reject) => {
      const stream = session.request({
        ":method": "POST",
        ":path": "/bench.v1.EchoService/Echo",
        "content-type": "application/grpc+proto",
        te: "trailers",
      });
      let body: Buffer | undefined;
      stream.on("error", reject);
      stream.on("response", () => {});
      stream.on("trailers", () => {});
      stream.on("data", (chunk: Buffer) => {
        body = body === undefined ? chunk : Buffer.concat([body, chunk]);
      });
      stream.on("end", () => resolve(fromBinary(EchoResponseSchema, (body ?? Buffer.alloc(5)).subarray(5))));
      const message = toBinary(EchoRequestSchema, create(EchoRequestSchema, request));
      const frame = Buffer.allocUnsafe(5 + message.length);
      frame[0] = 0;
      frame.writeUInt32BE(message.length, 1);
      frame.set(message, 5);
      stream.end(frame);
    });
}

async function open(kind: string, port: number): Promise<Call> {
  const baseUrl = `http://127.0.0.1:${port}`;
  switch (kind) {
    case "ours":
      return throughConnect(createGrpcTransport({ baseUrl }));
    case "stock":
      return throughConnect(createStockTransport({ baseUrl }));
    case "grpc-js":
      return throughGrpcJs(port);
    case "bare": {
      const session = connect(baseUrl);
      return await new Promise((resolve) =>
        session.once("remoteSettings", () => resolve(throughBareHttp2(session))),
      );
    }
    default:
      throw new Error(`no client is called ${kind}`);
  }
}

async function callFor(call: Call, milliseconds: number): Promise<number> {
  const end = performance.now() + milliseconds;
  let calls = 0;
  while (performance.now() < end) {
    await call();
    calls++;
  }
  return calls;
}

async function serialMicroseconds(call: Call, milliseconds: number): Promise<number> {
  const start = performance.now();
  const calls = await callFor(call, milliseconds);
  return ((performance.now() - start) * 1_000) / calls;
}

async function perSecond(call: Call, callers: number, milliseconds: number): Promise<number> {
  const start = performance.now();
  const counts = await Promise.all(Array.from({ length: callers }, () => callFor(call, milliseconds)));
  return counts.reduce((a, b) => a + b, 0) / ((performance.now() - start) / 1_000);
}

const [, , kind = "", port = "", milliseconds = "3000"] = process.argv;
const call = await open(kind, Number(port));
const span = Number(milliseconds);
await perSecond(call, 100, span / 3);
const concurrent = await perSecond(call, 100, span);
await serialMicroseconds(call, span / 6);
const serial = await serialMicroseconds(call, span);
console.log(JSON.stringify({ serialMicroseconds: serial, perSecond: concurrent }));
process.exit(0);

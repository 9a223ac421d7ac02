// Requests that no generated client would send: bytes that are no message, and fields of a schema to come.
import { connect } from "node:http2";
import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import {
  CreateTaskRequestSchema,
  GetAgentRequestSchema,
  GetAgentResponseSchema,
  HeartbeatRequestSchema,
  RegisterRequestSchema,
  RegisterResponseSchema,
} from "../src/gen/agentkeeper/v1/agentkeeper_pb.ts";
import { startKeeper } from "./fixture.ts";

const ok = "0";
const internal = "13";

interface Answer {
  readonly status: string | undefined;
  readonly message: Uint8Array;
}

/** One unary call with bytes of the test's own: a gRPC frame around them, and the status and frame that come back. */
async function callWithBytes(url: string, method: string, bytes: Uint8Array): Promise<Answer> {
  const session = connect(url);
  try {
    return await new Promise<Answer>((resolve, reject) => {
      session.on("error", reject);
      const stream = session.request({
        ":method": "POST",
        ":path": `/agentkeeper.v1.${method}`,
        "content-type": "application/grpc",
        te: "trailers",
      });
      const chunks: Buffer[] = [];
      let status: string | undefined;
      stream.on("error", reject);
      // An answer without a message carries its status in the headers.
      stream.on("response", (headers) => {
        status = headers["grpc-status"]?.toString();
      });
      stream.on("trailers", (trailers) => {
        status = trailers["grpc-status"]?.toString();
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => resolve({ status, message: Buffer.concat(chunks).subarray(5) }));
      const frame = Buffer.alloc(5 + bytes.length);
      frame.writeUInt32BE(bytes.length, 1);
      frame.set(bytes, 5);
      stream.end(frame);
    });
  } finally {
    session.close();
  }
}

/** A message with a field that this schema does not have: number 1999, a string. */
function withUnknownField<Schema extends DescMessage>(
  schema: Schema,
  message: MessageShape<Schema>,
): Uint8Array {
  return Buffer.concat([toBinary(schema, message), Buffer.from("fa7c0474657374", "hex")]);
}

test.each([
  ["a field that ends too early", "0aff"],
  ["a length beyond the message", "0a056162"],
  ["a wire type that does not exist", "0f"],
  ["text that is no UTF-8", "0a02c328"],
  ["a varint without an end", "10ffffffffffffffffffff01"],
])("AK-WIRE-MALFORMED %s is INTERNAL, and the daemon serves the next call", async (_, hex) => {
  await using keeper = await startKeeper();
  const { url } = keeper.server;
  const agentId = await keeper.agent();

  for (const method of ["RegistryService/Register", "LeaseService/AcquireLease", "TaskService/CreateTask"]) {
    expect((await callWithBytes(url, method, Buffer.from(hex, "hex"))).status, method).toBe(internal);
  }
  const heartbeat = toBinary(HeartbeatRequestSchema, create(HeartbeatRequestSchema, { agentId }));
  expect((await callWithBytes(url, "RegistryService/Heartbeat", heartbeat)).status).toBe(ok);
  expect((await keeper.client.getAgent(agentId)).status).toBe("ALIVE");
});

test("AK-WIRE-UNKNOWN fields of a later schema are ignored, in a request and inside its card", async () => {
  await using keeper = await startKeeper();
  const { url } = keeper.server;
  const task = withUnknownField(CreateTaskRequestSchema, create(CreateTaskRequestSchema, { type: "parse" }));
  expect((await callWithBytes(url, "TaskService/CreateTask", task)).status).toBe(ok);

  // A card with one known and one unknown field, written by hand: name "reader", 1999 "test".
  const card = Buffer.from("0a06726561646572fa7c0474657374", "hex");
  const register = Buffer.concat([Buffer.from([0x0a, card.length]), card]);
  expect(fromBinary(RegisterRequestSchema, register).card?.$unknown).toHaveLength(1);
  const answer = await callWithBytes(url, "RegistryService/Register", register);
  expect(answer.status).toBe(ok);
  const { agentId } = fromBinary(RegisterResponseSchema, answer.message);

  const request = toBinary(GetAgentRequestSchema, create(GetAgentRequestSchema, { agentId }));
  const { message } = await callWithBytes(url, "RegistryService/GetAgent", request);
  const stored = fromBinary(GetAgentResponseSchema, message).agent?.card;
  expect(stored?.name).toBe("reader");
  expect(stored?.$unknown).toBeUndefined();
});

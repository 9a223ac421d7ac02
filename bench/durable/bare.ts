// The floor: AcquireLease on a bare `node:http2` stream handler, one SQLite transaction with a full sync for all calls of
// an event-loop turn, and no rules at all. `node bare.ts DIRECTORY` prints its port.

import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type AcquireLeaseRequest,
  AcquireLeaseRequestSchema,
  AcquireLeaseResponseSchema,
} from "@x/agentkeeper/proto";

/** What a journaled change takes up, beside its key. */
const payload = Buffer.alloc(256, "x").toString();
const frameHeaderBytes = 5;

const database = new DatabaseSync(join(process.argv[2] ?? ".", "bare.db"));
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA locking_mode = EXCLUSIVE;
  CREATE TABLE journal (sequence INTEGER PRIMARY KEY, key TEXT NOT NULL, payload TEXT NOT NULL);
`);
const insert = database.prepare("INSERT INTO journal (key, payload) VALUES (?, ?)");

interface Call {
  readonly stream: ServerHttp2Stream;
  readonly request: AcquireLeaseRequest;
}

let waiting: Call[] = [];
let token = 0n;

function turn(): void {
  const calls = waiting;
  waiting = [];
  database.exec("BEGIN IMMEDIATE");
  for (const { request } of calls) {
    insert.run(request.taskId, payload);
  }
  database.exec("COMMIT");
  for (const call of calls) {
    answer(call);
  }
}

function answer({ stream, request }: Call): void {
  if (stream.destroyed) {
    return;
  }
  token += 1n;
  const message = toBinary(
    AcquireLeaseResponseSchema,
    create(AcquireLeaseResponseSchema, {
      acquired: true,
      lease: { taskId: request.taskId, holderAgentId: request.agentId, token: { value: token } },
    }),
  );
  const frame = Buffer.allocUnsafe(frameHeaderBytes + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, frameHeaderBytes);
  stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(frame);
}

const server = createServer();
server.on("stream", (stream) => {
  const chunks: Buffer[] = [];
  stream.on("error", () => undefined);
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => {
    const body = Buffer.concat(chunks).subarray(frameHeaderBytes);
    if (waiting.length === 0) {
      setImmediate(turn);
    }
    waiting.push({ stream, request: fromBinary(AcquireLeaseRequestSchema, body) });
  });
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));

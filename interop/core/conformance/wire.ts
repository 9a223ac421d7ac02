// How the runner talks to the programs under test: messages with a four-byte length before each, on stdin and stdout.

import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import {
  ErrorSchema,
  type Header,
  HeaderSchema,
  type Error as WireError,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";

/** The messages that arrive on stdin, until it ends. */
export async function* readMessages<D extends DescMessage>(schema: D): AsyncGenerator<MessageShape<D>> {
  let rest = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0);
      yield fromBinary(schema, rest.subarray(4, end));
      rest = rest.subarray(end);
    }
  }
}

/** Writes one message to stdout. */
export function writeMessage<D extends DescMessage>(schema: D, message: MessageShape<D>): void {
  const bytes = toBinary(schema, message);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length, 0);
  process.stdout.write(Buffer.concat([length, bytes]));
}

/** Web headers as the suite lists them. */
export function toWireHeaders(headers: Headers): Header[] {
  return [...headers].map(([name, value]) => create(HeaderSchema, { name, value: [value] }));
}

/** Adds the headers that a test case asks for. */
export function addHeaders(target: Headers, headers: readonly Header[]): void {
  for (const { name, value } of headers) {
    for (const one of value) {
      target.append(name, one);
    }
  }
}

/** An error as the suite describes it, with details in their packed form. */
export function toWireError(error: ConnectError): WireError {
  return create(ErrorSchema, {
    // Connect's codes and the suite's are the same numbers.
    code: error.code as WireError["code"],
    message: error.rawMessage,
    details: error.details.map((detail) =>
      "desc" in detail
        ? anyPack(detail.desc, create(detail.desc, detail.value))
        : { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value },
    ),
  });
}

/** The error that a test case wants the service to raise, with what the service adds to its details. */
export function toConnectError(error: WireError, more: ConnectError["details"]): ConnectError {
  const result = new ConnectError(error.message ?? "", Number(error.code));
  result.details = [
    ...error.details.map((any) => ({
      type: any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1),
      value: any.value,
    })),
    ...more,
  ];
  return result;
}

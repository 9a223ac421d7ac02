// The echo method for grpc-js, with the same protobuf-es messages as everywhere else here.

import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import type grpc from "@grpc/grpc-js";
import {
  type EchoRequest,
  EchoRequestSchema,
  type EchoResponse,
  EchoResponseSchema,
} from "./gen/bench/v1/echo_pb.ts";

const to =
  <D extends DescMessage>(schema: D) =>
  (message: MessageShape<D>): Buffer =>
    Buffer.from(toBinary(schema, message));
const from =
  <D extends DescMessage>(schema: D) =>
  (bytes: Buffer): MessageShape<D> =>
    fromBinary(schema, bytes);

export const echoDefinition: grpc.MethodDefinition<EchoRequest, EchoResponse> = {
  path: "/bench.v1.EchoService/Echo",
  requestStream: false,
  responseStream: false,
  requestSerialize: to(EchoRequestSchema),
  requestDeserialize: from(EchoRequestSchema),
  responseSerialize: to(EchoResponseSchema),
  responseDeserialize: from(EchoResponseSchema),
};

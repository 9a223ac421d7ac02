// The server under test: our gRPC server with the suite's service, started as the runner asks.

import { create, createRegistry } from "@bufbuild/protobuf";
import { createGrpcServer } from "@x/core/rpc";
import {
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/server_compat_pb.ts";
import {
  ConformanceService,
  file_connectrpc_conformance_v1_service,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";
import { conformanceService } from "./service.ts";
import { readMessages, writeMessage } from "./wire.ts";

for await (const request of readMessages(ServerCompatRequestSchema)) {
  const { serverCreds, clientTlsCert, messageReceiveLimit } = request;
  const server = createGrpcServer({
    routes: (router) => router.service(ConformanceService, conformanceService),
    sendCompression: "gzip",
    jsonOptions: { registry: createRegistry(...file_connectrpc_conformance_v1_service.messages) },
    ...(messageReceiveLimit === 0 ? {} : { readMaxBytes: messageReceiveLimit }),
    ...(request.useTls && serverCreds !== undefined
      ? {
          tls: {
            cert: serverCreds.cert,
            key: serverCreds.key,
            ca: clientTlsCert.length === 0 ? undefined : clientTlsCert,
          },
        }
      : {}),
  });
  const { host, port } = await server.listen();
  process.once("SIGTERM", () => server.close().then(() => process.exit(0)));
  writeMessage(
    ServerCompatResponseSchema,
    create(ServerCompatResponseSchema, { host, port, pemCert: serverCreds?.cert ?? new Uint8Array() }),
  );
}

// Calls an HTTP and a gRPC server, and says what came of it. Arguments: their URLs.
import { createClient } from "@connectrpc/connect";
import { createHttpClient } from "../../src/index.ts";
import { createGrpcTransport, type GrpcTransportOptions } from "../../src/rpc/index.ts";
import { EchoService } from "../rpc/gen/echo/v1/echo_pb.ts";

const [http = "", grpc = "", proxy = "environment"] = process.argv.slice(2);

async function told(call: () => Promise<string>): Promise<string> {
  try {
    return await call();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const client = createHttpClient({ service: "test", baseUrl: http, maxRetries: 0 });
const transport = createGrpcTransport({ baseUrl: grpc, proxy: proxy as GrpcTransportOptions["proxy"] });
const answers = [
  await told(async () => (await client.send({ operation: "read", method: "GET", path: "/thing" })).text),
  await told(async () => (await createClient(EchoService, transport).unary({ text: "over gRPC" })).text),
];
await client.close();
await transport.close();
process.stdout.write(JSON.stringify(answers));

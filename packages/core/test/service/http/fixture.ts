// A server of the kit with the routes of one test, and raw ways to talk to it.
import { connect } from "node:net";
import {
  type HttpRoute,
  type HttpServer,
  type HttpServerOptions,
  json,
  startHttpServer,
} from "../../../src/service/http/index.ts";

export interface Kit extends AsyncDisposable {
  readonly server: HttpServer;
  readonly url: string;
  /** What handlers threw that was none of theirs. */
  readonly faults: unknown[];
  /** Sends bytes as they are and answers all that comes back until the server ends the connection. */
  raw(bytes: string): Promise<string>;
}

export async function startKit(
  routes: readonly HttpRoute[],
  options: Partial<HttpServerOptions> = {},
): Promise<Kit> {
  const faults: unknown[] = [];
  const server = await startHttpServer({
    address: { hosts: ["127.0.0.1"], port: 0 },
    routes,
    problem: ({ status, code, message, fields }, { requestId }) =>
      json(status, { error: code, detail: message, ...fields, request_id: requestId }),
    onFault: (error) => faults.push(error),
    ...options,
  });
  return {
    server,
    url: `http://127.0.0.1:${server.port}`,
    faults,
    raw: (bytes) => exchangeBytes(server.port, bytes),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function exchangeBytes(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.setEncoding("utf8");
    socket.on("data", (piece: string) => {
      answer += piece;
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

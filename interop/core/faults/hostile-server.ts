// Servers that mean no good, on a free port, and the one judgement of whoever calls them.
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { inspect } from "node:util";
import { isServiceError } from "@x/agentkeeper";
import { type Checks, within } from "./checks.ts";

export interface Hostile extends AsyncDisposable {
  readonly port: number;
}

/** A server that does with each connection what it likes. */
export async function hostileSockets(use: (socket: Socket) => void): Promise<Hostile> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    use(socket);
  });
  return await listening(server, sockets);
}

/** A server of HTTP/2 that does with each stream what it likes. */
export async function hostileStreams(use: (stream: ServerHttp2Stream) => void): Promise<Hostile> {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {});
    session.once("close", () => sessions.delete(session));
  });
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.resume();
    use(stream);
  });
  return await listening(server, sessions);
}

async function listening(
  server: ReturnType<typeof createTcpServer> | Http2Server,
  open: ReadonlySet<{ destroy(): unknown }>,
): Promise<Hostile> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const each of open) {
        each.destroy();
      }
      await closed;
    },
  };
}

/** Does something again and again until the other end has gone. */
export function repeatedly(
  socket: Pick<Socket, "once" | "destroyed">,
  everyMs: number,
  run: () => void,
): void {
  const timer = setInterval(() => !socket.destroyed && run(), everyMs);
  socket.once("close", () => clearInterval(timer));
}

/** What a call to a hostile server is given. */
export const callMs = 1_500;
/** A busy machine may be late; a call that hangs is later than this. */
const judgedAfterMs = 15_000;

/** All that the error itself says; what caused it is kept as it came. */
function textOf(error: unknown): string {
  const fields = typeof error === "object" ? { ...error } : {};
  const stack = error instanceof Error ? error.stack : "";
  return `${error} ${stack} ${JSON.stringify(error)} ${inspect(fields, { depth: 6 })}`;
}

/** A call ends, with a value or an error of the suite in which no secret stands; and so does the closing of its client. */
export async function judge(
  checks: Checks,
  what: string,
  secret: string,
  client: { close(): Promise<void> },
  call: () => Promise<unknown>,
): Promise<void> {
  const settled = call().then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error }),
  );
  const outcome = await within(settled, judgedAfterMs);
  const error = outcome?.error;
  const text = error === undefined ? "" : textOf(error);
  const isGood =
    outcome !== undefined && (error === undefined || isServiceError(error)) && !text.includes(secret);
  checks.that(`${what}: the call ends as it should`, isGood, outcome === undefined ? "it hangs" : text);
  const closed = await within(
    client.close().then(() => true),
    judgedAfterMs,
  );
  checks.that(`${what}: the client closes`, closed === true);
}

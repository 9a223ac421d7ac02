// Tools over Streamable HTTP: the revision of 2026 without sessions, those of 2025 with them, both by the official package.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Clock, systemClock } from "../clock.ts";
import { redactText } from "../errors/redact.ts";
import { inTurns } from "../service/http/turns.ts";
import { formatAddress, isLoopback, type ListenAddress } from "../service/start/address.ts";
import { bindHosts, listenOn } from "../service/start/bind-hosts.ts";
import { hostGuard, tokenGuard } from "./guards.ts";
import {
  createMcpHandler,
  isLegacyRequest,
  type NodeIncomingMessageLike,
  type NodeServerResponseLike,
  toNodeHandler,
} from "./official.ts";
import { createMcpServer, type ServedTools } from "./server.ts";
import { createSessions } from "./sessions.ts";

/** Where and for whom. */
export interface HttpFace {
  readonly address: ListenAddress;
  /** What every request must carry; none on loopback at most. */
  readonly token: string | undefined;
  readonly maxSessions: number;
  readonly clock?: Clock;
}

/** A listening server. */
export interface ServedHttp {
  /** Where clients find it. */
  readonly url: string;
  /** Sessions that are open. */
  readonly sessions: number;
  /** Ends sessions and calls, and resolves when no socket is left. Idempotent. */
  close(): Promise<void>;
}

/** The one path of the server. */
const mcpPath = "/mcp";

/** A tool's largest argument has 1 MiB; JSON may write it four times as long. */
const maxBodyBytes = 4 * 1_024 * 1_024;

const sessionIdleMs = 30 * 60_000;

/** How long answers that are on their way get when the server stops, in milliseconds. */
const drainMs = 500;

/** @throws the error of the bind, such as `EADDRINUSE` */
export async function serveHttp(
  served: ServedTools,
  { address, token, maxSessions, clock = systemClock }: HttpFace,
): Promise<ServedHttp> {
  const onerror = (error: Error): void =>
    served.log.debug({ reason: redactText(error.message) }, "a request failed");
  const open = () => createMcpServer(served);
  const sessions = createSessions({ open, max: maxSessions, idleMs: sessionIdleMs, maxBodyBytes, clock });
  const modern = createMcpHandler(open, { legacy: "reject", maxRequestBodySize: maxBodyBytes, onerror });
  const guards = [
    hostGuard(address.hosts.every(isLoopback)),
    ...(token === undefined ? [] : [tokenGuard(token)]),
  ];

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    if (!guards.every((admits) => admits(incoming, outgoing))) {
      return;
    }
    if (incoming.url?.split("?")[0] !== mcpPath) {
      outgoing.writeHead(404, { "content-type": "text/plain" }).end(`the MCP server is at ${mcpPath}\n`);
      return;
    }
    const whenDone = (then: () => void): void => void outgoing.once("close", then);
    const fetch = async (request: Request): Promise<Response> =>
      (await isLegacyRequest(request, undefined, { maxRequestBodySize: maxBodyBytes }))
        ? await sessions.handle(request, whenDone)
        : await modern.fetch(request);
    const adapted = toNodeHandler({ fetch }, { maxRequestBodySize: maxBodyBytes, onerror });
    await adapted(requestOf(incoming), responseOf(outgoing));
  };

  const answer = inTurns((incoming, outgoing) => {
    handle(incoming, outgoing).catch((error: unknown) => {
      served.log.error({ reason: redactText(String(error)) }, "a request failed unexpectedly");
      outgoing.destroy();
    });
  });

  const servers: Server[] = [];
  const { host, port } = await bindHosts(address, async (each, wanted) => {
    const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 });
    server.on("request", answer);
    const bound = await listenOn(server, each, wanted);
    servers.push(server);
    return bound;
  });

  const close = async (): Promise<void> => {
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    await Promise.all([sessions.close(), modern.close()]);
    const cut = setTimeout(() => {
      for (const server of servers) {
        server.closeAllConnections();
      }
    }, drainMs);
    for (const server of servers) {
      server.closeIdleConnections();
    }
    await Promise.all(closed);
    clearTimeout(cut);
  };
  let closing: Promise<void> | undefined;
  return {
    url: `http://${formatAddress(host, port)}${mcpPath}`,
    get sessions() {
      return sessions.size;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** As the adapter has it: what a request always has is never undefined. */
function requestOf(incoming: IncomingMessage): NodeIncomingMessageLike {
  const { method = "GET", url = "/", headers } = incoming;
  return { method, url, headers, [Symbol.asyncIterator]: () => incoming[Symbol.asyncIterator]() };
}

/** Its head goes out at once: a stream that has nothing to say yet is open all the same. */
function responseOf(outgoing: ServerResponse): NodeServerResponseLike {
  return {
    writeHead(status, headers) {
      outgoing.writeHead(status, headers);
      outgoing.flushHeaders();
    },
    write: (chunk) => outgoing.write(chunk),
    end: (chunk) => outgoing.end(chunk),
    on: (event, listener) => outgoing.on(event, listener),
    get destroyed() {
      return outgoing.destroyed;
    },
  };
}

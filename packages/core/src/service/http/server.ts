// The HTTP server of a local service: listens, bounds what slow and broken clients can hold, and stops within a bound.
import { createServer, type Server, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { ListenAddress } from "../start/address.ts";
import { type BoundAddress, bindHosts, listenOn } from "../start/bind-hosts.ts";
import { HttpProblem } from "./problem.ts";
import { createHttpSurface, type HttpSurface, type HttpSurfaceOptions } from "./surface.ts";
import { inTurns } from "./turns.ts";

/** Settings of {@link startHttpServer}. */
export interface HttpServerOptions extends HttpSurfaceOptions {
  readonly address: ListenAddress;
  /** Time for a whole request to arrive, in milliseconds. @default 30_000 */
  readonly requestTimeoutMs?: number;
  /** How long an idle connection is kept, in milliseconds. @default 75_000 */
  readonly keepAliveTimeoutMs?: number;
  /** Connections that may be open on each host; what is above is closed on arrival. @default 10_000 */
  readonly maxConnections?: number;
}

/** A listening HTTP server. */
export interface HttpServer {
  readonly host: string;
  readonly port: number;
  /** Requests that have no answer yet. */
  readonly openRequests: number;
  /**
   * Stops: no new connections; the signals of running requests abort, so that what waits for an event ends at once; the
   * rest gets until `graceMs`, then it is cut. Resolves when no socket is left. Idempotent.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Starts to listen on every host of the address, all with the port of the first.
 *
 * @throws the error of the bind, such as `EADDRINUSE`
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const stopping = new AbortController();
  const surface = createHttpSurface(options, stopping.signal);
  const servers: Server[] = [];
  let openRequests = 0;
  let onIdle: (() => void) | undefined;

  const serve = inTurns(
    (incoming, outgoing) => {
      openRequests++;
      surface.handle(incoming, outgoing);
    },
    () => {
      openRequests--;
      if (openRequests === 0) {
        onIdle?.();
      }
    },
  );

  const create = (): Server => {
    const server = createServer({
      requestTimeout: options.requestTimeoutMs ?? 30_000,
      headersTimeout: Math.min(10_000, options.requestTimeoutMs ?? 30_000),
      keepAliveTimeout: options.keepAliveTimeoutMs ?? 75_000,
      connectionsCheckingInterval: Math.min(5_000, options.requestTimeoutMs ?? 30_000),
      // The surface asks for it, and answers in its own way.
      requireHostHeader: false,
    });
    server.maxConnections = options.maxConnections ?? 10_000;
    server.on("request", serve);
    // Without a listener Node would ask for every body before anybody has looked at the request.
    server.on("checkContinue", serve);
    server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
      answerBroken(surface.problemBelow, error, socket);
    });
    return server;
  };

  const close = async (graceMs: number): Promise<void> => {
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    stopping.abort(
      new HttpProblem(503, "unavailable", "the server is stopping", { headers: { "retry-after": "1" } }),
    );
    const cut = (): void => {
      for (const server of servers) {
        server.closeAllConnections();
      }
    };
    const bound = setTimeout(cut, graceMs);
    if (openRequests > 0) {
      await Promise.race([
        new Promise<void>((resolve) => {
          onIdle = resolve;
        }),
        Promise.all(closed),
      ]);
    }
    clearTimeout(bound);
    cut();
    await Promise.all(closed);
  };

  let bound: BoundAddress;
  try {
    bound = await bindHosts(options.address, async (host, port) => {
      const server = create();
      const taken = await listenOn(server, host, port);
      servers.push(server);
      return taken;
    });
  } catch (error) {
    await close(0);
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    ...bound,
    get openRequests() {
      return openRequests;
    },
    close({ graceMs = 0 } = {}) {
      closing ??= close(graceMs);
      return closing;
    },
  };
}

/** Answers what is no HTTP, is too long or came too slowly, in the same shape as every other error. */
function answerBroken(
  problemBelow: HttpSurface["problemBelow"],
  error: NodeJS.ErrnoException,
  socket: Socket,
): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const { answer, requestId } = problemBelow(problemOf(error.code));
  const { status, type, text } = answer;
  const headers = [
    ["Date", new Date().toUTCString()],
    ["Connection", "close"],
    ["Content-Type", type],
    ["Content-Length", Buffer.byteLength(text)],
    ["X-Request-Id", requestId],
    ...Object.entries(answer.headers ?? {}),
  ].map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${headers.join("")}\r\n${text}`, () =>
    socket.destroy(),
  );
}

function problemOf(code: string | undefined): HttpProblem {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new HttpProblem(431, "too_large", "the headers are too long");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new HttpProblem(408, "request_timeout", "the request did not arrive in time");
    default:
      return new HttpProblem(400, "invalid_request", "this is no HTTP request");
  }
}

// The HTTP port for those who operate a server: a dashboard at /, /healthz for probes, /metrics for Prometheus.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { hostnameOf, isLoopback, isLoopbackName, type ListenAddress } from "./address.ts";
import { type BoundAddress, bindHosts } from "./bind-hosts.ts";

/** What the operator's port shows. */
export interface OperatorPages {
  /** The dashboard as a whole HTML document. */
  dashboard(): string;
  /** Whether the server can do its work. */
  healthy(): boolean;
  /** What is wrong with the store although it can be served, for `/healthz` to say. @default nothing */
  damage?(): string | undefined;
  readonly metrics: Registry;
}

/** Where the port should be. */
export interface OperatorListenOptions {
  readonly address: ListenAddress;
  /** When the port is taken, use a free one of the same host instead of failing. */
  readonly orFreePort: boolean;
}

/** A listening operator's port. */
export interface OperatorListener {
  readonly host: string;
  readonly port: number;
  /** Whether the wanted port was taken and a free one is used. */
  readonly moved: boolean;
  close(): Promise<void>;
}

/** Only what the page itself carries may run or be shown; nothing is loaded from elsewhere. */
const contentSecurityPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * Starts to listen.
 *
 * @throws the error of the bind (`EADDRINUSE`, `EACCES`) when no port may or can be used instead
 */
export async function listenForOperators(
  pages: OperatorPages,
  options: OperatorListenOptions,
): Promise<OperatorListener> {
  const { address, orFreePort } = options;
  const servers: Server[] = [];
  // On loopback the page is for this machine; a page elsewhere could let its own name point here and read it.
  const onlyLocal = address.hosts.every(isLoopback);
  const bind = (port: number): Promise<BoundAddress> =>
    bindHosts({ ...address, port }, async (host, wanted) => {
      const server = await listen(pages, onlyLocal, host, wanted);
      servers.push(server);
      return (server.address() as AddressInfo).port;
    });
  const close = async (): Promise<void> => {
    await Promise.all(servers.splice(0).map(closeServer));
  };
  let moved = false;
  let bound: BoundAddress;
  try {
    bound = await bind(address.port);
  } catch (error) {
    await close();
    if (!orFreePort || !(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) {
      throw error;
    }
    moved = true;
    bound = await bind(0);
  }
  return { ...bound, moved, close };
}

function closeServer(server: Server): Promise<void> {
  return new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function listen(pages: OperatorPages, onlyLocal: boolean, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
      if (onlyLocal && !isLoopbackName(hostnameOf(request.headers.host))) {
        return send(response, 403, "text/plain; charset=utf-8", "not for this host\n", request.method);
      }
      serve(pages, request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined);
      });
    });
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      // A probe that comes and goes must not keep a program alive that has nothing else to do.
      server.unref();
      resolve(server);
    });
  });
}

async function serve(
  pages: OperatorPages,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split("?")[0];
  const page = await pageFor(pages, path);
  if (page === undefined) {
    return send(response, 404, "text/plain; charset=utf-8", "not found\n", request.method);
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return send(response, 405, "text/plain; charset=utf-8", "method not allowed\n", request.method);
  }
  return send(response, page.status, page.type, page.body, request.method);
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function pageFor(pages: OperatorPages, path: string | undefined): Promise<Page | undefined> {
  switch (path) {
    case "/":
      return { status: 200, type: "text/html; charset=utf-8", body: pages.dashboard() };
    case "/healthz": {
      const healthy = pages.healthy();
      return {
        status: healthy ? 200 : 503,
        type: "text/plain; charset=utf-8",
        body: healthy ? told(pages.damage?.()) : "store unavailable",
      };
    }
    case "/metrics":
      return { status: 200, type: pages.metrics.contentType, body: await pages.metrics.metrics() };
    default:
      return undefined;
  }
}

/** A probe sees that the server works; whoever reads it, that something is lost. */
const told = (damage: string | undefined): string => (damage === undefined ? "ok" : `ok, but ${damage}`);

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  method: string | undefined,
): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "content-security-policy": contentSecurityPolicy,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  });
  response.end(method === "HEAD" ? undefined : body);
}

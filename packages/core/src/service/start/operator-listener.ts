// The HTTP port for those who operate a server: a dashboard at /, /healthz for probes, /metrics for Prometheus.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import { codeOf, isError } from "../../errors/foreign.ts";
import { namedHost } from "../http/host.ts";
import type { Pages } from "../http/pages/serve.ts";
import { inTurns } from "../http/turns.ts";
import { formatAddress, hostnameOf, isLoopback, isLoopbackName, type ListenAddress } from "./address.ts";
import { type BoundAddress, bindHosts, listenOn } from "./bind-hosts.ts";
import { longestAdvanceMs, type VirtualTime } from "./virtual-time.ts";

/** What the operator's port shows. */
export interface OperatorPages {
  /** What people look at; tried before the paths of the port itself. */
  readonly pages: Pages;
  /** Whether the server can do its work. */
  healthy(): boolean;
  /** What is wrong with the store although it can be served, for `/healthz` to say. @default nothing */
  damage?(): string | undefined;
  readonly metrics: Registry;
  /** What programs read there as JSON, by its path, such as `/agents.json`. */
  readonly readings?: Readonly<Record<string, () => unknown>> | undefined;
  /** The time that `POST /clock` moves; absent for a server with a clock of its own. */
  readonly time?: VirtualTime | undefined;
}

/** Where the port should be. */
export interface OperatorListenOptions {
  readonly address: ListenAddress;
  /** When the port is taken, use a free one of the same host instead of failing. */
  readonly orFreePort: boolean;
}

/** A listening operator's port. */
export interface OperatorListener extends BoundAddress {
  /** `HOST:PORT` */
  readonly address: string;
  /** Whether the wanted port was taken and a free one is used. */
  readonly moved: boolean;
  close(): Promise<void>;
}

/** Nothing that is answered here is a document. */
const contentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";

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
      const server = createServerFor(pages, onlyLocal);
      const bound = await listenOn(server, host, wanted);
      servers.push(server);
      return bound;
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
    if (!orFreePort || codeOf(error) !== "EADDRINUSE") {
      throw error;
    }
    moved = true;
    bound = await bind(0);
  }
  return { ...bound, address: formatAddress(bound.host, bound.port), moved, close };
}

function closeServer(server: Server): Promise<void> {
  return new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function createServerFor(pages: OperatorPages, onlyLocal: boolean): Server {
  const answer = inTurns((request, response) => {
    const host = namedHost(request);
    if (host === null || (onlyLocal && !isLoopbackName(hostnameOf(host)))) {
      send(response, 403, "text/plain; charset=utf-8", "not for this host\n", request.method);
      return;
    }
    serve(pages, request, response).catch((error: unknown) => {
      response.destroy(isError(error) ? error : undefined);
    });
  });
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, answer);
  // A probe that comes and goes must not keep a program alive that has nothing else to do.
  server.unref();
  return server;
}

async function serve(
  pages: OperatorPages,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (await pages.pages.handle(request, response)) {
    return;
  }
  const path = request.url?.split("?")[0];
  if (path === "/clock" && pages.time !== undefined) {
    return serveClock(pages.time, request, response);
  }
  const answer = await answerFor(pages, path);
  if (answer === undefined) {
    return send(response, 404, "text/plain; charset=utf-8", "not found\n", request.method);
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return send(response, 405, "text/plain; charset=utf-8", "method not allowed\n", request.method);
  }
  return send(response, answer.status, answer.type, answer.body, request.method);
}

/** Longer than any request for it. */
const mostClockBytes = 1_024;

/** Tells the virtual time, and moves it: `POST {"advanceMs": 1000}` is answered when all that became due has happened. */
async function serveClock(
  time: VirtualTime,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, headers } = request;
  if (method !== "GET" && method !== "HEAD" && method !== "POST") {
    response.setHeader("allow", "GET, HEAD, POST");
    return send(response, 405, "text/plain; charset=utf-8", "method not allowed\n", method);
  }
  if (method === "POST") {
    // A page elsewhere could send any other type without asking first.
    if (!/^application\/json(;|$)/i.test(headers["content-type"] ?? "")) {
      return send(response, 415, "text/plain; charset=utf-8", "expected application/json\n", method);
    }
    const advanceMs = await readAdvance(request);
    if (advanceMs === undefined) {
      const message = `expected {"advanceMs": N} with N from 0 to ${longestAdvanceMs}\n`;
      return send(response, 400, "text/plain; charset=utf-8", message, method);
    }
    await time.advance(advanceMs);
  }
  const body = { now: new Date(time.clock.now().wall).toISOString(), advancedMs: time.advancedMs };
  return send(response, 200, "application/json", `${JSON.stringify(body)}\n`, method);
}

async function readAdvance(request: IncomingMessage): Promise<number | undefined> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > mostClockBytes) {
      return undefined;
    }
  }
  try {
    const body: unknown = JSON.parse(text);
    const asked =
      typeof body === "object" && body !== null && "advanceMs" in body ? body.advanceMs : undefined;
    return typeof asked === "number" && Number.isInteger(asked) && asked >= 0 && asked <= longestAdvanceMs
      ? asked
      : undefined;
  } catch {
    return undefined;
  }
}

interface PlainAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function answerFor(pages: OperatorPages, path: string | undefined): Promise<PlainAnswer | undefined> {
  switch (path) {
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
    default: {
      const { readings = {} } = pages;
      const read = path !== undefined && Object.hasOwn(readings, path) ? readings[path] : undefined;
      return read && { status: 200, type: "application/json", body: `${JSON.stringify(read())}\n` };
    }
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

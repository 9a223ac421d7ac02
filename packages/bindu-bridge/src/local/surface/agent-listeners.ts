// The HTTP servers of agents: one for each, where its URL says, opened and closed as agents come and go.
import { isJsonNumber, type JsonValue } from "@x/core";
import {
  type Answered,
  type HttpRoute,
  type HttpServer,
  isLoopback,
  type Log,
  sayNowAndThen,
  startHttpServer,
} from "@x/core/service";
import { paths } from "../../wire/dialect.ts";
import type { AgentConfig } from "../rules/model/entities.ts";
import { type AgentPlace, overlap, placeOf } from "../rules/registrations/place.ts";
import type { AgentFace, MakeFace, Surface } from "./context.ts";
import { dialectRoutes, dialectRpc } from "./dialect/routes.ts";
import { plainProblem } from "./errors.ts";

/** An agent cannot be served where its URL says; the message is what the caller is told. */
export class PlaceProblem extends Error {
  override readonly name = "PlaceProblem";
}

/** A server that is open, and not yet or no more the one of its agent. */
export interface OpenListener {
  /** The URL with the port that was taken, where any was asked for. */
  readonly url: string;
  /** Makes it the server of its agent; the one before is closed. */
  keep(): void;
  /** Closes it, unless it is the one that the agent had anyway. */
  drop(): Promise<void>;
}

export interface AgentListeners {
  /**
   * Listens for an agent, or goes on to where nothing has changed.
   *
   * @throws {PlaceProblem} when the place cannot be had
   */
  open(agentId: string, config: Pick<AgentConfig, "url" | "corsOrigins">): Promise<OpenListener>;
  isOpen(agentId: string): boolean;
  /** Requests that have no answer yet. */
  openRequests(agentId: string): number;
  close(agentId: string, graceMs: number): Promise<void>;
  closeAll(graceMs: number): Promise<void>;
}

interface Listening {
  readonly place: AgentPlace;
  readonly origins: string;
  readonly server: HttpServer;
}

export function createAgentListeners(options: {
  readonly surface: Surface;
  readonly face: MakeFace | undefined;
  readonly log: Log;
  readonly onAnswer: (agentId: string, answered: Answered) => void;
}): AgentListeners {
  const { surface, face, log, onAnswer } = options;
  const listening = new Map<string, Listening>();
  /** Servers whose agents have left them. */
  const closing = new Set<Promise<void>>();
  const nowAndThen = sayNowAndThen();

  const start = async (
    agentId: string,
    url: string,
    place: AgentPlace,
    origins: readonly string[],
  ): Promise<HttpServer> => {
    const other = [...listening].find(([id, each]) => id !== agentId && overlap(each.place, place));
    if (other !== undefined) {
      throw new PlaceProblem(`${url} is already served by agent ${other[0]}`);
    }
    const where = `${new URL(url).hostname}:${place.port}`;
    if (!place.hosts.every(isLoopback)) {
      log.warn(
        { agentId, where },
        "anyone who can reach this port can use the agent: nothing is authenticated",
      );
    }
    const own = face?.(surface, agentId);
    try {
      return await startHttpServer({
        address: { hosts: place.hosts, port: place.port },
        routes: routesOf(surface, agentId, own),
        problem: (problem, request) => (own?.problem(request.path ?? "") ?? plainProblem)(problem, request),
        ...(origins.length === 0 ? {} : { cors: { origins: origins.includes("*") ? "*" : origins } }),
        onAnswer: (answered) => onAnswer(agentId, answered),
        onFault: (error, request) =>
          nowAndThen(`${agentId} ${request.route}`, (leftOut) =>
            log.error(
              { err: error, agentId, leftOut, ...request },
              "a request failed with an error of the core",
            ),
          ),
      });
    } catch (error) {
      throw new PlaceProblem(`cannot listen on ${where}: ${reasonOf(error)}`, { cause: error });
    }
  };

  const close = async (agentId: string, graceMs: number): Promise<void> => {
    const { server } = listening.get(agentId) ?? {};
    listening.delete(agentId);
    await server?.close({ graceMs });
  };

  return {
    async open(agentId, { url, corsOrigins }) {
      const place = placeOf(url);
      const origins = corsOrigins.join();
      const before = listening.get(agentId);
      if (before !== undefined && samePlace(before.place, place) && before.origins === origins) {
        return { url: withPort(url, before.server.port), keep() {}, drop: () => Promise.resolve() };
      }
      if (before !== undefined && overlap(before.place, place)) {
        // The same port with other rules: it must be free before it can be had again.
        await close(agentId, 0);
      }
      const server = await start(agentId, url, place, corsOrigins);
      return {
        url: withPort(url, server.port),
        keep() {
          const leaving = close(agentId, keepGraceMs).finally(() => closing.delete(leaving));
          closing.add(leaving);
          listening.set(agentId, { place: { ...place, port: server.port }, origins, server });
        },
        drop: () => server.close(),
      };
    },
    isOpen: (agentId) => listening.has(agentId),
    openRequests: (agentId) => listening.get(agentId)?.server.openRequests ?? 0,
    close,
    async closeAll(graceMs) {
      await Promise.all([...listening.keys()].map((agentId) => close(agentId, graceMs)));
      await Promise.all(closing);
    },
  };
}

/** What requests at an address get that an agent has left. */
const keepGraceMs = 5_000;

const samePlace = (a: AgentPlace, b: AgentPlace): boolean =>
  a.hosts.join() === b.hosts.join() && (a.port === b.port || b.port === 0);

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A URL that asks for any port, with the one that was taken. */
function withPort(url: string, port: number): string {
  return placeOf(url).port === 0 ? url.replace(/:0(?=[/?#]|$)/, `:${port}`) : url;
}

function routesOf(surface: Surface, agentId: string, face: AgentFace | undefined): readonly HttpRoute[] {
  const own = dialectRpc(surface, agentId);
  return [
    face === undefined ? own : eitherFace(own, face),
    ...dialectRoutes(surface, agentId),
    ...(face?.routes ?? []),
  ];
}

/** The method alone decides which protocol a call at the root speaks; whatever cannot be read is the dialect's. */
function eitherFace(own: HttpRoute, { methods, rpc }: AgentFace): HttpRoute {
  return {
    ...own,
    path: paths.rpc,
    async serve(exchange, tools) {
      let method: JsonValue | undefined;
      try {
        method = methodOf(await exchange.body.json(false));
      } catch {
        // The dialect says what is wrong with it.
      }
      const isOther = typeof method === "string" && methods.has(method);
      return await (isOther ? rpc : own).serve(exchange, tools);
    },
  };
}

function methodOf(value: JsonValue): JsonValue | undefined {
  return typeof value === "object" && value !== null && !isJsonNumber(value) && "method" in value
    ? value.method
    : undefined;
}

// Sessions of Streamable HTTP, as clients of 2025 open them: so many at once, and none for ever.
import { randomUUID } from "node:crypto";
import type { Clock, Timer } from "../clock.ts";
import { createMissedMessages } from "./missed-messages.ts";
import { type McpServer, WebStandardStreamableHTTPServerTransport } from "./official.ts";

/** After what pause a client is asked to connect again, in milliseconds. */
const reconnectMs = 1_000;

export interface SessionOptions {
  /** A server for a new session. */
  open(): McpServer;
  readonly max: number;
  /** A session without an open request for so long is ended, in milliseconds. */
  readonly idleMs: number;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
}

export interface Sessions {
  readonly size: number;
  /**
   * Answers a request of a session, or one that opens one.
   *
   * @param whenDone tells when the answer has been read, or its reader has gone
   */
  handle(request: Request, whenDone: (then: () => void) => void): Promise<Response>;
  /** Ends all of them, with the calls that they run. */
  close(): Promise<void>;
}

interface Session {
  readonly server: McpServer;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  /** Requests whose answers are not read to the end. */
  open: number;
  usedAt: number;
}

export function createSessions({ open, max, idleMs, maxBodyBytes, clock }: SessionOptions): Sessions {
  // In the order of their last use.
  const sessions = new Map<string, Session>();
  let opening = 0;
  let closed = false;
  let timer: Timer | undefined;

  const end = async (id: string): Promise<void> => {
    const session = sessions.get(id);
    sessions.delete(id);
    await session?.server.close();
  };
  const longestIdle = (): string | undefined => [...sessions].find(([, session]) => session.open === 0)?.[0];
  const sweep = (): void => {
    timer = clock.setTimer(idleMs / 4, sweep, { ref: false });
    const before = clock.now().mono - idleMs;
    for (const [id, session] of sessions) {
      if (session.open === 0 && session.usedAt <= before) {
        void end(id);
      }
    }
  };
  timer = clock.setTimer(idleMs / 4, sweep, { ref: false });

  const begin = async (): Promise<Session> => {
    const server = open();
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      maxRequestBodySize: maxBodyBytes,
      eventStore: createMissedMessages(),
      retryInterval: reconnectMs,
      onsessioninitialized: (id) => void sessions.set(id, session),
      onsessionclosed: (id) => end(id),
    });
    const session: Session = { server, transport, open: 0, usedAt: 0 };
    await server.connect(transport);
    return session;
  };

  const use = async (
    session: Session,
    request: Request,
    whenDone: (then: () => void) => void,
  ): Promise<Response> => {
    session.open += 1;
    whenDone(() => {
      session.open -= 1;
      session.usedAt = clock.now().mono;
      const id = session.transport.sessionId;
      if (id !== undefined && sessions.delete(id)) {
        sessions.set(id, session);
      }
    });
    return await session.transport.handleRequest(request);
  };

  return {
    get size() {
      return sessions.size;
    },
    async handle(request, whenDone) {
      const id = request.headers.get("mcp-session-id");
      if (id !== null) {
        const session = sessions.get(id);
        return session === undefined
          ? refusal(404, -32_001, "Session not found: it has ended; initialize a new one")
          : await use(session, request, whenDone);
      }
      if (closed) {
        return refusal(503, -32_000, "This server is stopping");
      }
      if (sessions.size + opening >= max) {
        const idle = longestIdle();
        if (idle === undefined) {
          return refusal(503, -32_000, `All ${max} sessions of this server are in use`, {
            "retry-after": "5",
          });
        }
        await end(idle);
      }
      opening += 1;
      try {
        // Whether it opens a session, the official package says; of one that does not, nothing is kept.
        return await use(await begin(), request, whenDone);
      } finally {
        opening -= 1;
      }
    },
    async close() {
      closed = true;
      timer?.cancel();
      await Promise.all([...sessions.keys()].map(end));
    },
  };
}

function refusal(
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json({ jsonrpc: "2.0", error: { code, message }, id: null }, { status, headers });
}

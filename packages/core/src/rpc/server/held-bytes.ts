// What a server keeps in memory for its callers, by connection and in all: messages that are not whole yet, and answers that
// nobody reads. A caller who causes more waits first; then its call fails; and where all together hold too much, the connection
// that holds the most is ended.

import type { Http2Session, ServerHttp2Stream } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";

const mib = 1_048_576;

/** How much a server holds for its callers. */
export interface HeldLimits {
  /**
   * For one connection, in bytes: above half of it further calls wait for their turn, above it they fail with `resource_exhausted`.
   *
   * @default 67_108_864
   */
  readonly connection?: number | undefined;
  /**
   * For all connections together, in bytes: above it the connection that holds the most is ended.
   *
   * @default 268_435_456
   */
  readonly all?: number | undefined;
}

/** The bytes that a server holds for its callers. */
export interface HeldBytes {
  /** Calls back once there is room for the answer of this method: at once, as a rule. */
  whenRoom(stream: ServerHttp2Stream, path: string, run: () => void): void;
  /**
   * So much more of an answer is about to be written, beside what the stream still holds.
   *
   * @throws ConnectError `resource_exhausted`
   */
  answering(stream: ServerHttp2Stream, path: string, bytes: number): void;
  /** So much of a request has come that is no whole message yet. @throws ConnectError `resource_exhausted` */
  receiving(stream: ServerHttp2Stream, bytes: number): void;
}

interface Connection {
  readonly session: Http2Session;
  held: number;
  /** For answers that are on their way, by what such answers took before. */
  expected: number;
  readonly waiting: Set<() => boolean>;
}

interface Held {
  readonly connection: Connection;
  answer: number;
  request: number;
  expected: number;
}

export function holdBytes({
  connection: mostOfOne = 64 * mib,
  all: mostOfAll = 256 * mib,
}: HeldLimits): HeldBytes {
  const connections = new Map<Http2Session, Connection>();
  const streams = new Map<ServerHttp2Stream, Held>();
  /** The largest answer of each method so far. */
  const largest = new Map<string, number>();
  let all = 0;

  const connectionOf = (session: Http2Session): Connection => {
    let connection = connections.get(session);
    if (connection === undefined) {
      connection = { session, held: 0, expected: 0, waiting: new Set() };
      connections.set(session, connection);
      session.once("close", () => connections.delete(session));
    }
    return connection;
  };

  /** Undefined for a stream that is gone. */
  const heldBy = (stream: ServerHttp2Stream): Held | undefined => {
    let held = streams.get(stream);
    if (held === undefined && stream.session !== undefined && !stream.closed) {
      held = { connection: connectionOf(stream.session), answer: 0, request: 0, expected: 0 };
      streams.set(stream, held);
      stream.once("close", () => letGo(stream));
    }
    return held;
  };

  const letGo = (stream: ServerHttp2Stream): void => {
    const held = streams.get(stream);
    streams.delete(stream);
    if (held === undefined) {
      return;
    }
    const { connection } = held;
    connection.expected -= held.expected;
    add(connection, -held.answer - held.request);
    for (const tryAgain of connection.waiting) {
      if (!tryAgain()) {
        break;
      }
    }
  };

  const add = (connection: Connection, bytes: number): void => {
    connection.held += bytes;
    all += bytes;
    while (all > mostOfAll) {
      let most: Connection | undefined;
      for (const each of connections.values()) {
        if (!each.session.destroyed && (most === undefined || each.held > most.held)) {
          most = each;
        }
      }
      if (most === undefined) {
        return;
      }
      all -= most.held;
      most.held = 0;
      most.session.destroy();
    }
  };

  return {
    whenRoom(stream, path, run) {
      const expected = largest.get(path) ?? 0;
      const held = expected === 0 ? undefined : heldBy(stream);
      if (held === undefined) {
        run();
        return;
      }
      const { connection } = held;
      const enter = (): boolean => {
        const taken = connection.held + connection.expected;
        if (taken > 0 && taken + expected > mostOfOne / 2) {
          return false;
        }
        connection.waiting.delete(enter);
        held.expected = expected;
        connection.expected += expected;
        run();
        return true;
      };
      if (connection.waiting.size > 0 || !enter()) {
        connection.waiting.add(enter);
        stream.once("close", () => connection.waiting.delete(enter));
      }
    },

    answering(stream, path, bytes) {
      const waiting = stream.writableLength + bytes;
      const known = streams.get(stream);
      if (waiting < leastCounted && (known === undefined || known.answer + known.expected === 0)) {
        return;
      }
      largest.set(path, Math.max(waiting, largest.get(path) ?? 0));
      const held = heldBy(stream);
      if (held === undefined) {
        return;
      }
      const more = waiting - held.answer;
      held.connection.expected -= held.expected;
      held.expected = 0;
      held.answer = waiting;
      add(held.connection, more);
      if (more > 0 && held.connection.held > mostOfOne) {
        throw tooMuch(held, "answers that nobody reads");
      }
    },

    receiving(stream, bytes) {
      const known = streams.get(stream);
      if (bytes < leastCounted && (known === undefined || known.request === 0)) {
        return;
      }
      const held = heldBy(stream);
      if (held === undefined) {
        return;
      }
      const more = bytes - held.request;
      held.request = bytes;
      add(held.connection, more);
      if (more > 0 && held.connection.held > mostOfOne) {
        // What it sent is dropped, so that the others on the connection have room at once.
        held.request = 0;
        add(held.connection, -bytes);
        throw tooMuch(held, "messages that are not whole");
      }
    },
  };
}

const tooMuch = ({ connection }: Held, what: string): ConnectError =>
  new ConnectError(
    `this connection holds ${Math.round(connection.held / mib)} MiB of ${what}, which is its limit`,
    Code.ResourceExhausted,
  );

/** What is less costs no more than the stream that it is on, of which there is a limit. */
const leastCounted = 4_096;

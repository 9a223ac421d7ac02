// What a server keeps in memory for its callers, by connection and in all: messages that are not whole yet, and answers that
// nobody reads. Calls of a connection that reads too little wait, half messages beyond its bound fail, and where all together
// hold too much, the connection that holds the most is ended.

import type { Http2Session, ServerHttp2Stream } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";

const mib = 1_048_576;

/** How much a server holds for its callers. */
export interface HeldLimits {
  /**
   * For one connection, in bytes: above half of it further calls wait for their turn; half messages above it fail with
   * `resource_exhausted`.
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
  /**
   * Calls back once the caller has read enough of what its connection was answered, which mostly is at once; never if the stream ends
   * before. For before a call is carried out, and before its answer is made.
   */
  whenRoom(stream: ServerHttp2Stream, run: () => void): void;
  /** The stream holds so much of an answer, or is about to. */
  answering(stream: ServerHttp2Stream, bytes: number): void;
  /** So much of a request has come that is no whole message yet. @throws ConnectError `resource_exhausted` */
  receiving(stream: ServerHttp2Stream, bytes: number): void;
}

interface Connection {
  readonly session: Http2Session;
  readonly streams: Map<ServerHttp2Stream, Held>;
  bytes: number;
  /** What waits for room, in its order. */
  readonly waiting: Set<() => void>;
}

interface Held {
  answer: number;
  request: number;
}

/** What is less costs no more than the stream that it is on, of which there is a limit. */
const leastCounted = 4_096;

export function holdBytes({
  connection: mostOfOne = 64 * mib,
  all: mostOfAll = 256 * mib,
}: HeldLimits): HeldBytes {
  /** Those that hold something. */
  const connections = new Map<Http2Session, Connection>();
  let all = 0;

  const connectionOf = (session: Http2Session): Connection => {
    let connection = connections.get(session);
    if (connection === undefined) {
      connection = { session, streams: new Map(), bytes: 0, waiting: new Set() };
      connections.set(session, connection);
    }
    return connection;
  };

  const add = (connection: Connection, bytes: number): void => {
    connection.bytes += bytes;
    all += bytes;
  };

  const isFull = ({ bytes }: Connection): boolean => bytes > mostOfOne / 2;

  const wake = (connection: Connection): void => {
    for (const run of connection.waiting) {
      if (isFull(connection)) {
        return;
      }
      connection.waiting.delete(run);
      run();
    }
  };

  const letGo = (connection: Connection, stream: ServerHttp2Stream): void => {
    const held = connection.streams.get(stream);
    if (held === undefined) {
      return;
    }
    connection.streams.delete(stream);
    add(connection, -held.answer - held.request);
    wake(connection);
    if (connection.streams.size === 0 && connections.get(connection.session) === connection) {
      connections.delete(connection.session);
    }
  };

  /** What it holds counts no more: its streams are about to end. */
  const end = (connection: Connection): void => {
    connections.delete(connection.session);
    all -= connection.bytes;
    connection.bytes = 0;
    connection.streams.clear();
    connection.waiting.clear();
    connection.session.destroy();
  };

  /** Notes what a stream holds now; answers its connection if that is more than before. */
  const note = (stream: ServerHttp2Stream, kind: keyof Held, bytes: number): Connection | undefined => {
    const { session } = stream;
    const known = session === undefined ? undefined : connections.get(session)?.streams.get(stream);
    if (session === undefined || stream.closed || (known === undefined && bytes < leastCounted)) {
      return undefined;
    }
    const connection = connectionOf(session);
    const held = known ?? { answer: 0, request: 0 };
    if (known === undefined) {
      connection.streams.set(stream, held);
      stream.once("close", () => letGo(connection, stream));
    }
    const more = bytes - held[kind];
    held[kind] = bytes;
    add(connection, more);
    while (all > mostOfAll) {
      end([...connections.values()].reduce((a, b) => (b.bytes > a.bytes ? b : a)));
    }
    if (more > 0) {
      return connection;
    }
    wake(connection);
    return undefined;
  };

  return {
    whenRoom(stream, run) {
      const connection = stream.session === undefined ? undefined : connections.get(stream.session);
      if (connection === undefined || (connection.waiting.size === 0 && !isFull(connection))) {
        run();
      } else {
        connection.waiting.add(run);
        stream.once("close", () => connection.waiting.delete(run));
      }
    },

    answering(stream, bytes) {
      note(stream, "answer", bytes);
    },

    receiving(stream, bytes) {
      const connection = note(stream, "request", bytes);
      if (connection !== undefined && connection.bytes > mostOfOne) {
        // What it sent is dropped, so that the others on the connection have room at once.
        note(stream, "request", 0);
        throw new ConnectError(
          `the messages of this connection that are not whole hold more than ${Math.round(mostOfOne / mib)} MiB`,
          Code.ResourceExhausted,
        );
      }
    },
  };
}

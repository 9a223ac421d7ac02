// A server of streams in memory: the test says what each connection brings and when it breaks.

import type { StreamConnection, StreamSink, StreamSource } from "../src/index.ts";

export interface Message {
  readonly ready?: boolean | number;
  readonly items?: readonly number[];
  readonly progress?: number;
  readonly boom?: Error;
}

export interface FakeConnection {
  readonly cursor: number | undefined;
  readonly signal: AbortSignal;
  /** How many messages the client has asked for. */
  readonly pulls: number;
  /** Whether the client let go of it. */
  readonly returned: boolean;
  send(...messages: Message[]): void;
  end(): void;
  /** With `lose`, what was sent and not read yet is lost with the connection. */
  fail(error: unknown, lose?: boolean): void;
  /** By the connection instead of by a message, as gRPC does with its headers. */
  headers(): void;
}

export interface FakeStreams {
  readonly connections: FakeConnection[];
  readonly last: FakeConnection;
  /** Each item is its own position. */
  source(options?: Partial<StreamSource<number, Message, number>>): StreamSource<number, Message, number>;
}

export function items(...numbers: number[]): Message {
  return { items: numbers };
}

export function createFakeStreams(onOpen?: (connection: FakeConnection) => void): FakeStreams {
  const connections: FakeConnection[] = [];
  return {
    connections,
    get last(): FakeConnection {
      const last = connections.at(-1);
      if (last === undefined) {
        throw new Error("nobody has connected");
      }
      return last;
    },
    source: (options = {}) => ({
      service: "test",
      operation: "watch",
      resumable: true,
      open(connection) {
        const { fake, iterable } = openFake(connection);
        connections.push(fake);
        onOpen?.(fake);
        return iterable;
      },
      receive,
      ...options,
    }),
  };
}

function receive(message: Message, sink: StreamSink<number, number>): void {
  if (message.boom !== undefined) {
    throw message.boom;
  }
  if (message.ready === true) {
    sink.ready();
  } else if (typeof message.ready === "number") {
    sink.ready(message.ready);
  }
  for (const item of message.items ?? []) {
    sink.push(item, item);
  }
  if (message.progress !== undefined) {
    sink.advance(message.progress);
  }
}

function openFake(connection: StreamConnection<number>): {
  fake: FakeConnection;
  iterable: AsyncIterable<Message>;
} {
  const queue: Message[] = [];
  let outcome: { readonly error?: unknown } | undefined;
  let pending: PromiseWithResolvers<IteratorResult<Message, undefined>> | undefined;
  let returned = false;
  let pulls = 0;
  const serve = (): void => {
    const message = queue.shift();
    if (pending === undefined || (message === undefined && outcome === undefined)) {
      if (message !== undefined) {
        queue.unshift(message);
      }
      return;
    }
    const waiting = pending;
    pending = undefined;
    if (message !== undefined) {
      waiting.resolve({ value: message, done: false });
    } else if (outcome !== undefined && "error" in outcome) {
      waiting.reject(outcome.error);
    } else {
      waiting.resolve({ value: undefined, done: true });
    }
  };
  connection.signal.addEventListener("abort", () => {
    queue.length = 0;
    outcome = { error: new Error("the connection was aborted") };
    serve();
  });
  const fake: FakeConnection = {
    cursor: connection.cursor,
    signal: connection.signal,
    get pulls(): number {
      return pulls;
    },
    get returned(): boolean {
      return returned;
    },
    send(...messages: Message[]): void {
      // A dead connection carries nothing.
      if (outcome === undefined) {
        queue.push(...messages);
        serve();
      }
    },
    end(): void {
      outcome = {};
      serve();
    },
    fail(error: unknown, lose = false): void {
      if (lose) {
        queue.length = 0;
      }
      outcome = { error };
      serve();
    },
    headers: () => connection.ready(),
  };
  const iterable: AsyncIterable<Message> = {
    [Symbol.asyncIterator]: () => ({
      next() {
        pulls += 1;
        pending = Promise.withResolvers();
        const { promise } = pending;
        serve();
        return promise;
      },
      async return() {
        returned = true;
        return { value: undefined, done: true };
      },
    }),
  };
  return { fake, iterable };
}

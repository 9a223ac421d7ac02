// Requests of one connection are answered one after the other, though a client may send many before it reads: so it can have one
// answer made that it does not read, not thousands. And what all connections leave unread has a bound.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Bytes of answers that may wait for their readers on all connections: above it the one with the most is ended. */
const mostUnreadBytes = 268_435_456;

type Serve = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/**
 * @param onEnd a request has its answer, or its connection is gone
 * @param mostUnread in bytes; for tests
 */
export function inTurns(serve: Serve, onEnd?: () => void, mostUnread: number = mostUnreadBytes): Serve {
  /** What waits behind the request that is being answered. */
  const waiting = new Map<Socket, (() => void)[]>();
  const unread = new Map<Socket, number>();
  let all = 0;

  const forget = (socket: Socket): void => {
    all -= unread.get(socket) ?? 0;
    unread.delete(socket);
  };

  const note = (socket: Socket): void => {
    forget(socket);
    const bytes = socket.destroyed ? 0 : socket.writableLength;
    if (bytes > 0) {
      unread.set(socket, bytes);
      all += bytes;
    }
    while (all > mostUnread) {
      const [most] = [...unread].reduce((a, b) => (b[1] > a[1] ? b : a));
      forget(most);
      most.destroy();
    }
  };

  const beginNext = (socket: Socket): void => {
    const next = waiting.get(socket)?.shift();
    // What waits on a connection that is gone is never begun.
    if (next === undefined || socket.destroyed) {
      waiting.delete(socket);
    } else {
      // Other connections come between, also where a socket takes one answer after the other at once.
      setImmediate(() => (socket.destroyed ? waiting.delete(socket) : next()));
    }
  };

  return (incoming, outgoing) => {
    const { socket } = incoming;
    const begin = (): void => {
      outgoing.once("prefinish", () => note(socket));
      outgoing.once("close", () => {
        forget(socket);
        onEnd?.();
        beginNext(socket);
      });
      serve(incoming, outgoing);
    };
    const behind = waiting.get(socket);
    if (behind === undefined) {
      waiting.set(socket, []);
      begin();
    } else {
      behind.push(begin);
    }
  };
}

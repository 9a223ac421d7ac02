// The gRPC transport: Connect's Transport over one guarded HTTP/2 connection.

import type { Transport } from "@connectrpc/connect";
import { ClientConnection } from "./connection.ts";
import { interceptStream, interceptUnary } from "./intercepted.ts";
import { type GrpcTransportOptions, withDefaults } from "./options.ts";
import { createWire } from "./wire.ts";

/** Connect's `Transport` for gRPC, with an end. Give it to `createClient`. */
export interface GrpcTransport extends Transport {
  /**
   * Ends the connection; calls that are open fail with `canceled`. Resolves when no socket is left. Calling it again
   * answers the same promise.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates a transport. It connects at the first call, again after a loss, and keeps no process alive while idle.
 * Errors of calls are `ConnectError`s; see {@link provenNotProcessed} for which of them may be tried again safely.
 *
 * @throws TypeError for a base URL that is none.
 */
export function createGrpcTransport(options: GrpcTransportOptions): GrpcTransport {
  const settings = withDefaults(options);
  const connection = new ClientConnection(settings);
  const { interceptors } = settings;
  const wire = createWire(settings, connection);
  const timeoutOf = (timeoutMs: number | undefined): number | undefined => {
    const chosen = timeoutMs ?? settings.defaultTimeoutMs;
    return chosen === undefined || chosen <= 0 ? undefined : chosen;
  };
  const origin = settings.url.href.replace(/\/+$/, "");
  return {
    unary(method, signal, timeoutMs, header, input, contextValues) {
      const timeout = timeoutOf(timeoutMs);
      return interceptors.length === 0
        ? wire.unary(method, signal, timeout, header, input)
        : interceptUnary(wire, interceptors, origin, method, signal, timeout, header, input, contextValues);
    },
    stream(method, signal, timeoutMs, header, input, contextValues) {
      const timeout = timeoutOf(timeoutMs);
      return interceptors.length === 0
        ? wire.stream(method, signal, timeout, header, input)
        : interceptStream(wire, interceptors, origin, method, signal, timeout, header, input, contextValues);
    },
    close: () => connection.close(),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

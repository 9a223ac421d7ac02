// The open calls of a server: admission, the observation hooks, and what they are told when it stops.

import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { plainRules } from "../wire/messages.ts";
import type { GrpcStatus } from "../wire/status.ts";
import { type CallHost, ServerCall } from "./call.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { ServerSettings } from "./options.ts";
import { ResponseWriter } from "./response-writer.ts";
import type { Route } from "./routes.ts";

/** Label of a call whose path no service has. */
const unknownPath = "unknown";

/** The calls that one server has open. */
export interface ServerCalls {
  readonly size: number;
  /** Begins a call that arrived on a stream. */
  begin(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, route: Route | undefined): void;
  /** Observes a call that another protocol handler answers. */
  observe(path: string): (code: GrpcStatus, error: unknown) => void;
  /** Ends streaming calls, or all calls, with UNAVAILABLE. */
  stop(which: "streams" | "all"): void;
  /** Calls back, once, when no call is open: now, or after the last one. */
  whenNone(callback: () => void): void;
}

/** The error that callers of a stopping server get. */
export function shutdownError(settings: ServerSettings): ConnectError {
  return new ConnectError("the server is shutting down", Code.Unavailable, undefined, [
    { desc: ErrorInfoSchema, value: settings.shutdown },
  ]);
}

/** Keeps the open calls of one server. */
export function keepCalls(settings: ServerSettings, held: HeldBytes): ServerCalls {
  const { onCallStart, onCallEnd } = settings;
  const open = new Set<ServerCall>();
  const bySession = new WeakMap<Http2Session, Set<ServerCall>>();
  let openElsewhere = 0;
  let onNone: (() => void) | undefined;
  const size = (): number => open.size + openElsewhere;
  const checkNone = (): void => {
    if (onNone !== undefined && size() === 0) {
      const callback = onNone;
      onNone = undefined;
      callback();
    }
  };
  const plain = plainRules(settings.writeMaxBytes);
  const host: CallHost = {
    readMaxBytes: settings.readMaxBytes,
    plainRules: plain,
    preferredRules: {
      ...plain,
      encoding: settings.sendCompression,
      compressMinBytes: settings.compressMinBytes,
    },
    admit: settings.admit,
    statusText: settings.statusText,
    held,
    onCallEnd(call, code, error, ofRequest) {
      open.delete(call);
      if (call.session !== undefined) {
        bySession.get(call.session)?.delete(call);
      }
      if (onCallEnd !== undefined) {
        const durationMs = performance.now() - call.startedAt;
        onCallEnd({ path: call.route.path, code, durationMs, error, ofRequest });
      }
      checkNone();
    },
  };

  /** Node 22.13 may leave the stream of a call open whose connection has ended while its request was on its way. */
  const keepWithSession = (call: ServerCall): void => {
    const { session } = call;
    if (session === undefined) {
      return;
    }
    let ofSession = bySession.get(session);
    if (ofSession === undefined) {
      const calls = new Set<ServerCall>();
      ofSession = calls;
      bySession.set(session, calls);
      // Node 22.13 then waits with the end of its session, too.
      session.socket.once("close", () => {
        for (const each of [...calls]) {
          each.onClose();
        }
      });
    }
    ofSession.add(call);
  };

  const refuse = (stream: ServerHttp2Stream, path: string, error: ConnectError): void => {
    stream.on("error", () => {});
    onCallStart?.({ path });
    new ResponseWriter(stream, false, settings.statusText).endWithError(undefined, error);
    onCallEnd?.({ path, code: error.code, durationMs: 0, error, ofRequest: true });
  };

  return {
    get size() {
      return size();
    },
    begin(stream, headers, route) {
      if (route === undefined) {
        const message = `no service here answers ${String(headers[":path"])}`;
        refuse(stream, unknownPath, new ConnectError(message, Code.Unimplemented));
        return;
      }
      if (open.size >= settings.maxConcurrentCalls) {
        const message = `the server has ${open.size} calls open, which is its limit`;
        refuse(stream, route.path, new ConnectError(message, Code.ResourceExhausted));
        return;
      }
      onCallStart?.({ path: route.path });
      const startedAt = onCallEnd === undefined ? 0 : performance.now();
      const call = new ServerCall(stream, headers, route, host, startedAt);
      open.add(call);
      keepWithSession(call);
      call.start();
    },
    observe(path) {
      onCallStart?.({ path });
      const startedAt = performance.now();
      let ended = false;
      openElsewhere++;
      return (code, error) => {
        if (!ended) {
          ended = true;
          openElsewhere--;
          onCallEnd?.({ path, code, durationMs: performance.now() - startedAt, error, ofRequest: false });
          checkNone();
        }
      };
    },
    stop(which) {
      for (const call of [...open]) {
        if (which === "all" || call.streaming) {
          call.fail(shutdownError(settings));
        }
      }
    },
    whenNone(callback) {
      onNone = callback;
      checkNone();
    },
  };
}

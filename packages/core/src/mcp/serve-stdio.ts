// Tools over stdin and stdout, for one host, until it closes stdin.
import { redactText } from "../errors/redact.ts";
import { serveStdio as serveOfficial } from "./official.ts";
import { createMcpServer, type ServedTools } from "./server.ts";

/** A running server. */
export interface ServedStdio {
  close(): Promise<void>;
}

/** Nothing but the protocol goes to stdout; what goes wrong beside it is logged. */
export function serveStdio(served: ServedTools): ServedStdio {
  return serveOfficial(() => createMcpServer(served), {
    onerror: (error) => served.log.warn({ reason: redactText(error.message) }, "a message failed"),
  });
}

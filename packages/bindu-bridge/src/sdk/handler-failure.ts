// How a call of a handler fails: the status of whatever was thrown, with a text that harms no core.

import { Code, ConnectError } from "@connectrpc/connect";
import { BinduError } from "../errors.ts";
import { stateTrailer } from "../wire/handler-headers.ts";
import { safe, safeText } from "../wire/safe-text.ts";

/** What the bridge itself finds wrong with an answer. */
export class HandlerFailure extends Error {
  override readonly name = "HandlerFailure";
  readonly status: "internal" | "resource_exhausted";
  /** How the task is to end, where a core looks. */
  readonly state: "failed" | "canceled" | "rejected" | undefined;

  constructor(
    message: string,
    options: {
      readonly status?: HandlerFailure["status"];
      readonly state?: HandlerFailure["state"];
    } = {},
  ) {
    super(message);
    this.status = options.status ?? "internal";
    this.state = options.state;
  }
}

/** The status for whatever a handler threw: INTERNAL, unless it is an error of the bridge that has another. */
export function statusOf(thrown: unknown): ConnectError {
  const trailers =
    thrown instanceof HandlerFailure && thrown.state === "rejected"
      ? { [stateTrailer]: "rejected" }
      : undefined;
  return new ConnectError(safeText(thrown), codeOf(thrown), trailers);
}

/** The status for a text of our own. */
export function statusError(text: string, code: Code): ConnectError {
  return new ConnectError(safe(text), code);
}

function codeOf(thrown: unknown): Code {
  if (thrown instanceof HandlerFailure) {
    return thrown.status === "resource_exhausted" ? Code.ResourceExhausted : Code.Internal;
  }
  const code = thrown instanceof BinduError ? thrown.grpcCode : undefined;
  return code !== undefined && code in Code ? code : Code.Internal;
}

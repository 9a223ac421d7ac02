// From the status of a call to the exception that callers see: the one place in which errors of calls are made.

import { Code, ConnectError } from "@connectrpc/connect";
import { grpcCodeName } from "@x/core/rpc/client";
import {
  AgentCancelledError,
  AgentHandlerError,
  AgentTimeoutError,
  AgentUnavailableError,
  AgentUnimplementedError,
  BinduError,
  type BinduErrorOptions,
  MessageTooLargeError,
} from "../errors.ts";
import { stateTrailer } from "./handler-headers.ts";

/**
 * The exception for whatever ended a call of the agent at an address.
 *
 * @param aborted whether the caller's own signal ended it
 */
export function agentError(thrown: unknown, address: string, aborted: boolean): BinduError {
  const error = ConnectError.from(thrown);
  const { rawMessage } = error;
  // The reason of a signal may be anything, another status too.
  const code = aborted ? Code.Canceled : error.code;
  const text = rawMessage === "" ? "no reason was given" : rawMessage;
  const message = `the agent at ${address}: ${grpcCodeName(code)}: ${text}`;
  const options: BinduErrorOptions = { grpcCode: code, details: rawMessage, address, cause: thrown };
  switch (code) {
    case Code.Unavailable:
      return new AgentUnavailableError(message, options);
    case Code.DeadlineExceeded:
      return new AgentTimeoutError(message, options);
    case Code.Canceled:
      return new AgentCancelledError(message, options);
    case Code.Unimplemented:
      return new AgentUnimplementedError(message, options);
    case Code.ResourceExhausted:
      return new MessageTooLargeError(message, options);
    default:
      return new AgentHandlerError(message, options);
  }
}

/** How an agent that failed wants its task to end instead of `failed`: `rejected`, or nothing. */
export function wantedState(error: unknown): string | undefined {
  const cause = error instanceof BinduError ? error.cause : error;
  return (cause instanceof ConnectError ? cause.metadata.get(stateTrailer) : undefined) ?? undefined;
}

// From what went wrong in the daemon to what a gRPC caller sees: a status, a message, and a machine-readable reason.
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@x/core/rpc";
import { KernelError, type SubscriberEnd } from "@x/core/service";
import type { Refusal, RefusalCode } from "../rules/model/refusal.ts";

/** The domain of all reasons of this service. */
export const errorDomain = "agentkeeper";

const refusalCodes: { readonly [Name in RefusalCode]: Code } = {
  invalid_argument: Code.InvalidArgument,
  not_found: Code.NotFound,
  permission_denied: Code.PermissionDenied,
  already_exists: Code.AlreadyExists,
  failed_precondition: Code.FailedPrecondition,
};

/** An error with its reason in `google.rpc.ErrorInfo`. */
export function statusError(
  code: Code,
  reason: string,
  message: string,
  metadata: Readonly<Record<string, string>> = {},
): ConnectError {
  const info = { reason, domain: errorDomain, metadata: { ...metadata } };
  return new ConnectError(message, code, undefined, [{ desc: ErrorInfoSchema, value: info }]);
}

export function refusalError(refusal: Refusal): ConnectError {
  return statusError(refusalCodes[refusal.code], refusal.refused, refusal.message, refusal.metadata);
}

export function shuttingDown(): ConnectError {
  return statusError(Code.Unavailable, "SHUTTING_DOWN", "the daemon is stopping; connect again later");
}

/** Why the bus ended a watch. */
export function watchError(end: SubscriberEnd): ConnectError {
  return end === "closed"
    ? shuttingDown()
    : statusError(
        Code.ResourceExhausted,
        "WATCHER_TOO_SLOW",
        "this watch did not read fast enough and was ended; watch again, and read what may have been missed",
      );
}

/** The kernel's own faults; what is no such fault passes unchanged. */
export function kernelStatus(error: unknown): unknown {
  if (!(error instanceof KernelError)) {
    return error;
  }
  switch (error.code) {
    case "store_unavailable":
      return statusError(Code.Unavailable, "STORE_UNAVAILABLE", error.message);
    case "shutting_down":
      return shuttingDown();
    case "overloaded":
      return statusError(Code.ResourceExhausted, "QUEUE_FULL", error.message);
    case "internal":
      return new ConnectError(error.message, Code.Internal);
  }
}

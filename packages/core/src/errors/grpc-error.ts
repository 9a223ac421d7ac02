// Makes the suite's errors from gRPC failures. Kept out of the main entry, which must not load Connect.

import { Code, ConnectError } from "@connectrpc/connect";
import { type ErrorInfo, ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.ts";
import * as kinds from "./error-kinds.ts";
import { type GrpcCodeName, ServiceError, type ServiceErrorOptions } from "./errors.ts";

type ErrorKind = new (message: string, options: ServiceErrorOptions) => ServiceError;

interface Row {
  readonly name: GrpcCodeName;
  readonly kind: ErrorKind;
  /** What to do about it, where the server's own text cannot know. */
  readonly advice?: string;
}

const unknownRow: Row = { name: "UNKNOWN", kind: kinds.InternalError };

const rows: Readonly<Record<Code, Row>> = {
  [Code.Canceled]: { name: "CANCELLED", kind: kinds.CancelledError },
  [Code.Unknown]: unknownRow,
  [Code.InvalidArgument]: { name: "INVALID_ARGUMENT", kind: kinds.InvalidArgumentError },
  [Code.DeadlineExceeded]: {
    name: "DEADLINE_EXCEEDED",
    kind: kinds.DeadlineExceededError,
    advice: "The server may have acted. Allow more time with timeoutMs.",
  },
  [Code.NotFound]: { name: "NOT_FOUND", kind: kinds.NotFoundError },
  [Code.AlreadyExists]: { name: "ALREADY_EXISTS", kind: kinds.ConflictError },
  [Code.PermissionDenied]: { name: "PERMISSION_DENIED", kind: kinds.PermissionDeniedError },
  [Code.ResourceExhausted]: { name: "RESOURCE_EXHAUSTED", kind: kinds.ResourceExhaustedError },
  [Code.FailedPrecondition]: { name: "FAILED_PRECONDITION", kind: kinds.FailedPreconditionError },
  [Code.Aborted]: { name: "ABORTED", kind: kinds.ConflictError },
  [Code.OutOfRange]: { name: "OUT_OF_RANGE", kind: kinds.FailedPreconditionError },
  [Code.Unimplemented]: {
    name: "UNIMPLEMENTED",
    kind: kinds.UnimplementedError,
    advice: "The server is older than this client, or another service listens at this address.",
  },
  [Code.Internal]: { name: "INTERNAL", kind: kinds.InternalError },
  [Code.Unavailable]: {
    name: "UNAVAILABLE",
    kind: kinds.UnavailableError,
    advice: "Check that the server runs and that the address is right.",
  },
  [Code.DataLoss]: { name: "DATA_LOSS", kind: kinds.InternalError },
  [Code.Unauthenticated]: {
    name: "UNAUTHENTICATED",
    kind: kinds.UnauthenticatedError,
    advice: "Check the credentials of the client.",
  },
};

/** The canonical gRPC name of a Connect code: `Code.NotFound` is `NOT_FOUND`. */
export function grpcCodeName(code: Code): GrpcCodeName {
  return (rows[code] ?? unknownRow).name;
}

/**
 * The suite's error for what a gRPC call threw. `code` is the server's `ErrorInfo` reason in lower case if it sent one,
 * else the status in lower case; `details` is the metadata of the ErrorInfo. The class follows the status alone.
 */
export function fromConnectError(
  thrown: unknown,
  call: { readonly service: string; readonly operation: string; readonly attempts?: number },
): ServiceError {
  if (thrown instanceof ServiceError) {
    return thrown;
  }
  const error = ConnectError.from(thrown);
  const row = rows[error.code] ?? unknownRow;
  const info = findInfo(error);
  const reason = info?.reason;
  const pushback = pushbackMs(error);
  return new row.kind(messageOf(call.operation, error, row, info), {
    service: call.service,
    operation: call.operation,
    attempts: call.attempts,
    code: (reason ?? row.name).toLowerCase(),
    grpcCode: row.name,
    reason,
    retryable: pushback === "never" ? false : undefined,
    retryAfterMs: pushback === "never" ? undefined : pushback,
    requestId: error.metadata.get("x-request-id") ?? undefined,
    details: info?.metadata,
    cause: thrown,
  });
}

function findInfo(error: ConnectError): ErrorInfo | undefined {
  return error.details.length === 0
    ? undefined
    : error.findDetails(ErrorInfoSchema).find((d) => d.reason !== "");
}

function messageOf(operation: string, error: ConnectError, row: Row, info: ErrorInfo | undefined): string {
  const text = error.rawMessage === "" ? `the server answered ${row.name} without a text` : error.rawMessage;
  const reason = info === undefined ? "" : ` (${info.reason})`;
  const advice = row.advice === undefined ? "" : `${/[.!?]$/.test(text + reason) ? "" : "."} ${row.advice}`;
  return `${operation}: ${text}${reason}${advice}`;
}

/** A server's wish on retries (gRFC A6): milliseconds, or never if the value is negative or no number. */
function pushbackMs(error: ConnectError): number | "never" | undefined {
  const text = error.metadata.get("grpc-retry-pushback-ms");
  if (text === null) {
    return undefined;
  }
  return /^\d{1,9}$/.test(text) ? Number(text) : "never";
}

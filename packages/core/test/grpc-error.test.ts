import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { fromConnectError, grpcCodeName } from "../src/errors/grpc-error.ts";
import { ErrorInfoSchema } from "../src/gen/google/rpc/error_details_pb.ts";
import * as core from "../src/index.ts";

const call = { service: "agentkeeper", operation: "renewLease", attempts: 2 };

function withInfo(code: Code, reason: string, metadata: Record<string, string> = {}): ConnectError {
  return new ConnectError("lease job-1 is not held", code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: "agentkeeper", metadata } },
  ]);
}

describe("a gRPC status becomes an error of the suite", () => {
  it.each([
    [Code.Canceled, "CANCELLED", core.CancelledError, false],
    [Code.Unknown, "UNKNOWN", core.InternalError, false],
    [Code.InvalidArgument, "INVALID_ARGUMENT", core.InvalidArgumentError, false],
    [Code.DeadlineExceeded, "DEADLINE_EXCEEDED", core.DeadlineExceededError, true],
    [Code.NotFound, "NOT_FOUND", core.NotFoundError, false],
    [Code.AlreadyExists, "ALREADY_EXISTS", core.ConflictError, false],
    [Code.PermissionDenied, "PERMISSION_DENIED", core.PermissionDeniedError, false],
    [Code.ResourceExhausted, "RESOURCE_EXHAUSTED", core.ResourceExhaustedError, false],
    [Code.FailedPrecondition, "FAILED_PRECONDITION", core.FailedPreconditionError, false],
    [Code.Aborted, "ABORTED", core.ConflictError, false],
    [Code.OutOfRange, "OUT_OF_RANGE", core.FailedPreconditionError, false],
    [Code.Unimplemented, "UNIMPLEMENTED", core.UnimplementedError, false],
    [Code.Internal, "INTERNAL", core.InternalError, false],
    [Code.Unavailable, "UNAVAILABLE", core.UnavailableError, true],
    [Code.DataLoss, "DATA_LOSS", core.InternalError, false],
    [Code.Unauthenticated, "UNAUTHENTICATED", core.UnauthenticatedError, false],
  ])("%s is %s", (code, grpcCode, kind, retryable) => {
    const thrown = new ConnectError("the text", code);
    const error = fromConnectError(thrown, call);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({
      grpcCode,
      code: grpcCode.toLowerCase(),
      retryable,
      ...call,
      cause: thrown,
    });
    expect(error.reason).toBeUndefined();
    expect(error.message).toContain("renewLease: the text");
    expect(grpcCodeName(code)).toBe(grpcCode);
  });

  it("takes code, reason and details from the ErrorInfo and the class from the status", () => {
    const error = fromConnectError(withInfo(Code.NotFound, "LEASE_NOT_HELD", { task_id: "job-1" }), call);
    expect(error).toBeInstanceOf(core.NotFoundError);
    expect(error).toMatchObject({
      code: "lease_not_held",
      reason: "LEASE_NOT_HELD",
      grpcCode: "NOT_FOUND",
      details: { task_id: "job-1" },
      message: "renewLease: lease job-1 is not held (LEASE_NOT_HELD)",
    });
  });

  it("ignores an ErrorInfo without a reason", () => {
    expect(fromConnectError(withInfo(Code.NotFound, ""), call).code).toBe("not_found");
  });

  it("gives advice where the server's text cannot", () => {
    const error = fromConnectError(new ConnectError("connect ECONNREFUSED", Code.Unavailable), call);
    expect(error.message).toBe(
      "renewLease: connect ECONNREFUSED. Check that the server runs and that the address is right.",
    );
  });

  it("has a text when the server sent none", () => {
    expect(fromConnectError(new ConnectError("", Code.NotFound), call).message).toBe(
      "renewLease: the server answered NOT_FOUND without a text",
    );
  });

  it("leaves errors of the suite alone and takes anything else for UNKNOWN", () => {
    const own = new core.NotFoundError("gone", call);
    expect(fromConnectError(own, call)).toBe(own);
    expect(fromConnectError(new TypeError("boom"), call)).toMatchObject({
      grpcCode: "UNKNOWN",
      code: "unknown",
    });
    expect(fromConnectError(new DOMException("stop", "AbortError"), call)).toMatchObject({
      grpcCode: "CANCELLED",
    });
  });

  it("keeps the request id", () => {
    const thrown = new ConnectError("x", Code.Internal, { "x-request-id": "r-9" });
    expect(fromConnectError(thrown, call).requestId).toBe("r-9");
  });
});

describe("a server's wish on retries", () => {
  const pushed = (value: string): core.ServiceError =>
    fromConnectError(
      new ConnectError("full", Code.ResourceExhausted, { "grpc-retry-pushback-ms": value }),
      call,
    );

  it("is a pause", () => {
    expect(pushed("250")).toMatchObject({ retryAfterMs: 250, retryable: true });
  });

  it.each(["-1", "soon", ""])("forbids a retry as %j, whatever the status", (value) => {
    const thrown = new ConnectError("down", Code.Unavailable, { "grpc-retry-pushback-ms": value });
    const error = fromConnectError(thrown, call);
    expect(error.retryable).toBe(false);
    expect(error.retryAfterMs).toBeUndefined();
  });
});

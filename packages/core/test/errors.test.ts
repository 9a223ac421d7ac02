import { execFileSync } from "node:child_process";
import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { hasCode } from "../src/errors/errors.ts";
import * as core from "../src/index.ts";
import { brandError, isServiceError, NotFoundError, ServiceError, UnavailableError } from "../src/index.ts";

const call = { service: "grid", operation: "sendTask" };
const secret = "k9fJq2mZt7Lw4xVbN8sD";

/** A second, separate copy of the package's modules. */
async function secondCopy(): Promise<typeof core> {
  vi.resetModules();
  return await import("../src/index.ts");
}

describe("instanceof", () => {
  it("knows errors of a second copy of the package, by class and by base", async () => {
    const copy = await secondCopy();
    expect(copy.NotFoundError).not.toBe(NotFoundError);
    const foreign = new copy.NotFoundError("gone", call);
    expect(foreign instanceof NotFoundError).toBe(true);
    expect(foreign instanceof ServiceError).toBe(true);
    expect(foreign instanceof UnavailableError).toBe(false);
    expect(isServiceError(foreign)).toBe(true);
  });

  it("tells a subclass without a brand by its prototype", () => {
    class Own extends NotFoundError {}
    expect(new Own("gone", call) instanceof Own).toBe(true);
    expect(new Own("gone", call) instanceof NotFoundError).toBe(true);
    expect(new NotFoundError("gone", call) instanceof Own).toBe(false);
  });

  it("tells branded subclasses of the same base apart", () => {
    class Left extends ServiceError {
      static {
        brandError(Left, "@x/test", "Left");
      }
    }
    class Right extends ServiceError {
      static {
        brandError(Right, "@x/test", "Right");
      }
    }
    expect(new Left("l", call) instanceof Right).toBe(false);
    expect(new Left("l", call) instanceof Left).toBe(true);
    expect(new Left("l", call).name).toBe("Left");
  });

  it.each([undefined, null, 1, "text", {}, Object.create(null), new Error("plain")])(
    "refuses %s",
    (value) => {
      expect(value instanceof ServiceError).toBe(false);
      expect(isServiceError(value)).toBe(false);
    },
  );
});

describe("the closed set of kinds", () => {
  it.each([
    [core.InvalidArgumentError, "InvalidArgumentError", "invalid_argument", false],
    [core.UnauthenticatedError, "UnauthenticatedError", "unauthenticated", false],
    [core.PermissionDeniedError, "PermissionDeniedError", "permission_denied", false],
    [core.NotFoundError, "NotFoundError", "not_found", false],
    [core.ConflictError, "ConflictError", "conflict", false],
    [core.FailedPreconditionError, "FailedPreconditionError", "failed_precondition", false],
    [core.ResourceExhaustedError, "ResourceExhaustedError", "resource_exhausted", false],
    [core.UnavailableError, "UnavailableError", "unavailable", true],
    [core.DeadlineExceededError, "DeadlineExceededError", "deadline_exceeded", true],
    [core.CancelledError, "CancelledError", "cancelled", false],
    [core.UnimplementedError, "UnimplementedError", "unimplemented", false],
    [core.InternalError, "InternalError", "internal", false],
    [core.ResumeGapError, "ResumeGapError", "resume_gap", false],
  ] as const)(
    "%o is %s with code %s and retryable %s, unless told otherwise",
    (Kind, name, code, retryable) => {
      const error = new Kind("text", call);
      expect(error).toMatchObject({
        name,
        code,
        retryable,
        attempts: 0,
        service: "grid",
        operation: "sendTask",
      });
      const told = new Kind("text", { ...call, code: "agent_dead", retryable: !retryable });
      expect(told).toMatchObject({ name, code: "agent_dead", retryable: !retryable });
      const vague = new Kind("text", { ...call, code: undefined, retryable: undefined });
      expect(vague).toMatchObject({ code, retryable });
    },
  );

  it("makes an exhausted limit retryable when the server says when to come back", () => {
    const error = new core.ResourceExhaustedError("slow down", { ...call, retryAfterMs: 1_500 });
    expect(error).toMatchObject({ retryable: true, retryAfterMs: 1_500 });
  });

  it("is recognised by code", () => {
    const error = new NotFoundError("gone", { ...call, code: "agent_dead" });
    expect(hasCode(error, "not_found", "agent_dead")).toBe(true);
    expect(hasCode(error, "not_found")).toBe(false);
    expect(hasCode(Object.assign(new Error("x"), { code: "agent_dead" }), "agent_dead")).toBe(false);
  });
});

describe("what an error shows", () => {
  const error = new UnavailableError(
    `POST https://u:${secret}@grid.test/rpc?signature=${secret}&x=1 failed`,
    {
      ...call,
      attempts: 3,
      requestId: "r-1",
      status: 503,
      grpcCode: "UNAVAILABLE",
      reason: "SHUTTING_DOWN",
      retryAfterMs: 20,
      details: { token: 7n, apiKey: secret, nested: { url: `https://h/?sig=${secret}` }, holder: "a-1" },
      cause: new Error(`Authorization: Bearer ${secret}`),
    },
  );

  it("has every field in JSON", () => {
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "UnavailableError",
      code: "unavailable",
      message: "POST https://...@grid.test/rpc?signature=...&x=1 failed",
      service: "grid",
      operation: "sendTask",
      retryable: true,
      attempts: 3,
      requestId: "r-1",
      status: 503,
      grpcCode: "UNAVAILABLE",
      reason: "SHUTTING_DOWN",
      retryAfterMs: 20,
      details: { token: "7", apiKey: "[redacted]", nested: { url: "https://h/?sig=..." }, holder: "a-1" },
      cause: { name: "Error", message: "Authorization: ..." },
    });
  });

  it("has no secret in message, text, JSON, details or stack", () => {
    const own = { ...error };
    for (const text of [error.message, String(error), JSON.stringify(error), error.stack, inspect(own)]) {
      expect(text).not.toContain(secret);
    }
  });

  it("keeps numbers and bigints of details for programs", () => {
    expect(error.details.token).toBe(7n);
  });

  it("omits what it does not know", () => {
    const plain = new NotFoundError("gone", call);
    expect(Object.keys(plain.toJSON())).toEqual([
      "name",
      "code",
      "message",
      "service",
      "operation",
      "retryable",
      "attempts",
      "details",
    ]);
    expect(inspect(plain)).not.toContain("undefined");
  });
});

it("keeps its name on the prototype, where no minifier changes it", () => {
  expect(Object.getOwnPropertyDescriptor(NotFoundError.prototype, "name")?.value).toBe("NotFoundError");
});

it("is thrown out of a program as a readable text", () => {
  const program = `
    import { NotFoundError } from ${JSON.stringify(new URL("../src/errors/error-kinds.ts", import.meta.url).href)};
    throw new NotFoundError("there is no agent a-1", { service: "grid", operation: "getAgent" });`;
  const run = (): string =>
    execFileSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
      stdio: "pipe",
    });
  expect(run).toThrow(/NotFoundError: there is no agent a-1/);
});

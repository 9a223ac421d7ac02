import { describe, expect, it } from "vitest";
import { httpError } from "../../src/http/http-error.ts";
import { retryAfterMs } from "../../src/http/retry-after.ts";
import { fillPath, isRetryableStatus } from "../../src/index.ts";

describe("Retry-After", () => {
  it("is seconds or a date; what cannot be read is no leave to ask again", () => {
    const now = Date.UTC(2030, 0, 7, 10, 0, 0);
    const headers = ["0", "7", "0.5", "Mon, 07 Jan 2030 10:00:05 GMT", "Mon, 07 Jan 2030 09:00:00 GMT"];
    expect(headers.map((header) => retryAfterMs(header, now))).toEqual([0, 7_000, 500, 5_000, undefined]);
    expect([null, undefined].map((header) => retryAfterMs(header, now))).toEqual([undefined, undefined]);
    const useless = ["", "-1", "soon", "1e3", "2030-01-07", "Mon nonsense", "99999999999"];
    expect(useless.map((header) => retryAfterMs(header, now))).toEqual(useless.map(() => Infinity));
  });
});

describe("paths", () => {
  const call = { service: "test", operation: "get" };

  it("encode what stands in them", () => {
    expect(fillPath("/a/{id}/b/{other}", { id: "x/y?z#é", other: "$&" }, call)).toBe(
      "/a/x%2Fy%3Fz%23%C3%A9/b/%24%26",
    );
  });

  it("refuse values that would name another path", () => {
    for (const id of ["", ".", ".."]) {
      expect(() => fillPath("/a/{id}", { id }, call)).toThrow(
        expect.objectContaining({ code: "invalid_path_value", operation: "get" }),
      );
    }
    expect(() => fillPath("/a/{id}", {}, call)).toThrow(/id must be a non-empty id/);
  });
});

describe("statuses", () => {
  it("become errors by their meaning", () => {
    const codeOf = (status: number): string =>
      httpError(
        {
          kind: "answer",
          answer: { status, header: () => null, text: "", bytes: new Uint8Array() },
          retryAfterMs: undefined,
        },
        { service: "test", operation: "get", attempts: 1 },
      ).code;
    expect([302, 400, 401, 403, 404, 409, 418, 429, 500, 501, 503].map(codeOf)).toEqual([
      "internal",
      "invalid_argument",
      "unauthenticated",
      "permission_denied",
      "not_found",
      "conflict",
      "internal",
      "resource_exhausted",
      "internal",
      "unimplemented",
      "unavailable",
    ]);
  });

  it("are worth a repeat where the failure may pass", () => {
    expect(
      [200, 302, 400, 404, 408, 409, 422, 429, 500, 501, 502, 503, 504, 505].filter(isRetryableStatus),
    ).toEqual([408, 429, 500, 502, 503, 504]);
  });
});

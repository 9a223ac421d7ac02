// ProtoJSON as requests bring it: either spelling, numbers as texts, any offset; and what is refused, with its place.
import { expect, test } from "vitest";
import { standardBase64 } from "../../../src/wire/a2a/base64.ts";
import { tolerant, Violations } from "../../../src/wire/a2a/fields.ts";
import {
  readListRequest,
  readPart,
  readSendRequest,
  readSendResponse,
  readTask,
  readTaskRequest,
} from "../../../src/wire/a2a/read.ts";
import { readTimestamp, writeTimestamp } from "../../../src/wire/a2a/timestamps.ts";
import { readVersion } from "../../../src/wire/a2a/versions.ts";

const message = { messageId: "m", role: "ROLE_USER", parts: [{ text: "hi" }] };

function violationsOf(read: (violations: Violations) => unknown): readonly string[] {
  const violations = new Violations();
  read(violations);
  return violations.found.map(({ field }) => field);
}

const ofMessage = (changes: object): readonly string[] =>
  violationsOf((violations) => readSendRequest({ message: { ...message, ...changes } }, violations));

test.each([
  [{ data: null }, { data: null }],
  [{ text: "" }, { text: "" }],
  [{ raw: "-_8" }, { raw: "+/8=" }],
  [
    { data: 5, metadata: { a: 1 } },
    { data: 5, metadata: { a: 1 } },
  ],
  [
    { text: "a", media_type: "text/plain" },
    { text: "a", mediaType: "text/plain" },
  ],
  [{ text: "a", raw: null, url: null, tenant: 5 }, { text: "a" }],
])("A8 the part %j is read", (part, expected) => {
  const violations = new Violations();
  expect(readPart(part, "p", violations)).toEqual(expected);
  expect(violations.found).toEqual([]);
});

test.each([[{}], [{ text: "a", url: "b" }], [{ text: "a", data: null }], [{ kind: "text" }], [5], [null]])(
  "A8 the part %j is refused with its place",
  (part) => {
    const fields = ofMessage({ parts: [{ text: "fine" }, part] });
    expect(fields).toContain("message.parts[1]");
  },
);

test("A9 unknown members do no harm and are not kept", () => {
  const violations = new Violations();
  const request = readSendRequest(
    { message: { ...message, kind: "message", x: [1] }, extra: {} },
    violations,
  );
  expect(request).toEqual({ message });
  expect(violations.found).toEqual([]);
});

test.each([["ROLE_USER"], ["ROLE_AGENT"], [1], [2]])("A10 the role %j is one", (role) => {
  expect(ofMessage({ role })).toEqual([]);
});

test.each([["user"], ["ROLE_UNSPECIFIED"], [0], [undefined], [""], [7], [{}]])(
  "A10 the role %j is none",
  (role) => {
    expect(ofMessage({ role })).toEqual(["message.role"]);
  },
);

test.each([
  [{ messageId: "" }, "message.messageId"],
  [{ parts: [] }, "message.parts"],
  [{ parts: "x" }, "message.parts"],
  [{ metadata: [] }, "message.metadata"],
  [{ extensions: [1] }, "message.extensions[0]"],
  [{ contextId: "a\nb" }, "message.contextId"],
  [{ contextId: "c".repeat(257) }, "message.contextId"],
  [{ parts: [{ raw: "%" }] }, "message.parts[0].raw"],
])("A11 %j is refused with its place", (changes, field) => {
  expect(ofMessage(changes)).toContain(field);
});

test("A11 everything that is wrong is told at once", () => {
  const fields = violationsOf((violations) =>
    readSendRequest(
      { tenant: "t", message: { parts: [] }, configuration: { historyLength: -1, returnImmediately: "yes" } },
      violations,
    ),
  );
  expect(fields).toEqual([
    "tenant",
    "message.messageId",
    "message.role",
    "message.parts",
    "configuration.historyLength",
    "configuration.returnImmediately",
  ]);
});

test.each([
  [{ pageSize: "5", includeArtifacts: "true", status: "TASK_STATE_WORKING" }, []],
  [{ page_size: 5.0, status: 2, statusTimestampAfter: "2026-01-01T00:00:00.123456789+01:00" }, []],
  [{ pageSize: 0 }, ["pageSize"]],
  [{ pageSize: 101 }, ["pageSize"]],
  [{ pageSize: 1.5 }, ["pageSize"]],
  [{ status: "working" }, ["status"]],
  [{ historyLength: "-1" }, ["historyLength"]],
  [{ statusTimestampAfter: "yesterday" }, ["statusTimestampAfter"]],
])("A14 the list request %j", (params, fields) => {
  expect(violationsOf((violations) => readListRequest(params, violations))).toEqual(fields);
});

test.each([
  ["42.0", 42],
  [42, 42],
  [-0, 0],
])("A14 the number %j", (historyLength, expected) => {
  expect(readTaskRequest({ id: "t", historyLength }, new Violations()).historyLength).toBe(expected);
});

test.each([
  ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"],
  ["2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00.123Z"],
  ["2026-01-31t13:00:00.5+01:00", "2026-01-31T12:00:00.500Z"],
  ["2026-01-31T07:00:00-0500", "2026-01-31T12:00:00.000Z"],
])("A9 the time %s", (text, expected) => {
  expect(writeTimestamp(readTimestamp(text) ?? 0)).toBe(expected);
});

test.each([
  ["2026-02-30T12:00:00Z"],
  ["2026-01-31"],
  ["2026-01-31T25:00:00Z"],
  ["2026-01-31T12:00:00"],
  [""],
])("A9 the time %j is none", (text) => expect(readTimestamp(text)).toBeUndefined());

test("A9 what lies behind a millisecond counts", () => {
  expect(readTimestamp("2026-01-31T12:00:00.0005Z")).toBeGreaterThan(
    readTimestamp("2026-01-31T12:00:00.000Z") ?? Infinity,
  );
});

test.each([
  ["", ""],
  ["YQ", "YQ=="],
  ["YWI=", "YWI="],
  ["a", undefined],
  ["a b=", undefined],
])("A9 the base64 %j", (text, expected) => expect(standardBase64(text)).toBe(expected));

test("A9 a server's times without offset and states of later versions are read", () => {
  const task = readTask(
    { id: "t", status: { state: "TASK_STATE_PAUSED", timestamp: "2026-01-31T12:00:00.123456" }, tenant: "" },
    "",
    tolerant,
  );
  expect(task).toEqual({
    id: "t",
    status: { state: "TASK_STATE_UNSPECIFIED", timestamp: "2026-01-31T12:00:00.123Z" },
  });
});

test("A9 a bare task and a bare message are answers too", () => {
  expect(readSendResponse({ id: "t", status: { state: 3 } }, tolerant)?.task?.status.state).toBe(
    "TASK_STATE_COMPLETED",
  );
  expect(readSendResponse(message, tolerant)?.message?.messageId).toBe("m");
  expect(readSendResponse({}, tolerant)).toBeUndefined();
});

test("A9 the default members that a server writes out are none", () => {
  const part = { text: "a", raw: "", url: "", data: null, filename: "", metadata: {} };
  expect(readPart(part, "", tolerant)).toEqual({ text: "a" });
});

test("A9 a member named __proto__ stays one", () => {
  const data: unknown = JSON.parse('{"__proto__":{"polluted":true}}');
  const part = readPart({ data, metadata: data }, "", new Violations());
  expect(JSON.stringify(part)).toBe(JSON.stringify({ data, metadata: data }));
  expect("polluted" in {}).toBe(false);
});

test.each([
  ["1.0", "1.0"],
  ["1.0.7", "1.0"],
  ["1", "1.0"],
  ["0.3.0", "0.3"],
  ["0.3", "0.3"],
  ["", "none"],
  [undefined, "none"],
  ["1.1", { unknown: "1.1" }],
  ["99.0", { unknown: "99.0" }],
  ["abc", { unknown: "abc" }],
])("A3 the version %j", (text, expected) => expect(readVersion(text)).toEqual(expected));

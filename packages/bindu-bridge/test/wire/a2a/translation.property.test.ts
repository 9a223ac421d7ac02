// What goes to 0.3 and comes back is the same, whatever it holds; and the dialect's own shapes are read into 1.0.
import fc from "fast-check";
import { expect, test } from "vitest";
import { a2aResult, readAgentResult } from "../../../src/wire/a2a/agent-result.ts";
import { tolerant, Violations } from "../../../src/wire/a2a/fields.ts";
import { eventFromKind, oldState, taskFromKind } from "../../../src/wire/a2a/kinds.ts";
import { type StreamResponse, taskStates } from "../../../src/wire/a2a/objects.ts";
import { httpErrorOf, problems, readProblem, rpcErrorOf } from "../../../src/wire/a2a/problems.ts";
import { readSendRequest, readStreamResponse, readTask } from "../../../src/wire/a2a/read.ts";
import {
  configurationTo03,
  eventTo03,
  messageTo03,
  methodFrom03,
  oldMethods,
  paramsFrom03,
} from "../../../src/wire/a2a/v03.ts";

const word = fc.string({ minLength: 1, maxLength: 8 });
const id = fc.uuid();
const metadata = fc.dictionary(
  word.filter((name) => name !== "data_part_compat"),
  fc.jsonValue().map((value) => value),
  { minKeys: 1, maxKeys: 3 },
);
const some = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined });
const base64 = fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString("base64"));
const part = fc.oneof(
  fc.record({ text: fc.string(), metadata: some(metadata) }),
  fc.record({ raw: base64, metadata: some(metadata), filename: some(word), mediaType: some(word) }),
  fc.record({ url: fc.webUrl(), metadata: some(metadata), filename: some(word), mediaType: some(word) }),
  fc.record({ data: fc.jsonValue(), metadata: some(metadata) }),
);
const parts = fc.array(part, { minLength: 1, maxLength: 3 });
const message = fc.record({
  messageId: word,
  role: fc.constantFrom("ROLE_USER" as const, "ROLE_AGENT" as const),
  parts,
  contextId: some(id),
  taskId: some(id),
  metadata: some(metadata),
  referenceTaskIds: some(fc.array(id, { minLength: 1, maxLength: 2 })),
});
const timestamp = fc
  .date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") })
  .map((date) => date.toISOString());
const status = fc.record({ state: fc.constantFrom(...taskStates), message: some(message), timestamp });
const artifact = fc.record({ artifactId: id, name: some(word), parts, metadata: some(metadata) });
const task = fc.record({
  id,
  contextId: id,
  status,
  artifacts: some(fc.array(artifact, { minLength: 1, maxLength: 2 })),
  history: some(fc.array(message, { minLength: 1, maxLength: 2 })),
  metadata: some(metadata),
});
const response: fc.Arbitrary<StreamResponse> = fc.oneof(
  fc.record({ task }),
  fc.record({ message }),
  fc.record({ statusUpdate: fc.record({ taskId: id, contextId: id, status, metadata: some(metadata) }) }),
  fc.record({
    artifactUpdate: fc.record({
      taskId: id,
      contextId: id,
      artifact,
      append: some(fc.constant(true)),
      lastChunk: some(fc.constant(true)),
    }),
  }),
);

const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** The same with the names of the protobuf fields, as some servers write them. What callers put in stays. */
function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(inSnakeCase);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      name === "data" || name === "metadata" ? member : inSnakeCase(member),
    ]),
  );
}

test("A9 what is written is read as it was, in both spellings", () => {
  fc.assert(
    fc.property(response, (value) => {
      const violations = new Violations();
      expect(overTheWire(readStreamResponse(overTheWire(value), violations))).toEqual(overTheWire(value));
      expect(overTheWire(readStreamResponse(inSnakeCase(overTheWire(value)), violations))).toEqual(
        overTheWire(value),
      );
      expect(violations.found).toEqual([]);
    }),
  );
});

test("A40 what goes to 0.3 and comes back is the same", () => {
  fc.assert(
    fc.property(response, (value) => {
      const old = overTheWire(eventTo03(value));
      expect(old).toHaveProperty("kind");
      expect(overTheWire(readStreamResponse(eventFromKind(old), tolerant))).toEqual(overTheWire(value));
    }),
  );
});

test("A40 a send of 0.3 asks for what its 1.0 form asks for", () => {
  fc.assert(
    fc.property(message, some(metadata), fc.boolean(), (sent, about, now) => {
      const configuration = {
        returnImmediately: now || undefined,
        historyLength: 2,
        taskPushNotificationConfig: {
          url: "http://hook.test/",
          authentication: { scheme: "Bearer", credentials: "c" },
        },
      };
      const params = {
        message: messageTo03(sent),
        configuration: configurationTo03(configuration),
        metadata: about,
      };
      const violations = new Violations();
      const read = readSendRequest(paramsFrom03("SendMessage", overTheWire(params)), violations);
      expect(violations.found).toEqual([]);
      expect(overTheWire(read)).toEqual(overTheWire({ message: sent, configuration, metadata: about }));
    }),
  );
});

test("A40 only the end of a turn is final", () => {
  const finals = taskStates.filter((state) => {
    const told = eventTo03({ statusUpdate: { taskId: "t", contextId: "c", status: { state } } });
    return JSON.stringify(told).includes('"final":true');
  });
  expect(finals).toEqual(taskStates.filter((state) => !/SUBMITTED|WORKING/.test(state)));
});

test("A40 each name of 0.3 has its method", () => {
  for (const [name, old] of Object.entries(oldMethods)) {
    expect(methodFrom03(old)).toBe(name);
  }
  expect(methodFrom03("tasks/list")).toBeUndefined();
});

test.each([[{ kind: "file" }], [{ kind: "file", file: {} }], [{ kind: "video" }]])(
  "A40 the part %j of 0.3 is refused",
  (wrong) => {
    const violations = new Violations();
    const params = { message: { kind: "message", messageId: "m", role: "user", parts: [wrong] } };
    readSendRequest(paramsFrom03("SendMessage", params), violations);
    expect(violations.found.map(({ field }) => field)).toEqual(["message.parts[0]"]);
  },
);

test("A36 a task of the dialect is read as one of 1.0", () => {
  const dialect = {
    id: "t",
    context_id: "c",
    kind: "task",
    status: { state: "payment-required", timestamp: "2026-11-21T01:12:46.381984+00:00" },
    history: [
      {
        role: "system",
        parts: [{ kind: "text", text: "s" }],
        kind: "message",
        message_id: "m",
        task_id: "t",
      },
      {
        role: "user",
        message_id: "n",
        parts: [
          { kind: "data", data: { value: 5 }, text: "", metadata: { data_part_compat: true } },
          { kind: "file", file: { bytes: "", uri: "http://f.test/", mime_type: "a/b" }, text: "" },
          { kind: "file", file: { bytes: "YQ==", mimeType: "a/b", name: "n" }, text: "" },
        ],
      },
    ],
    artifacts: [
      { artifact_id: "a", name: "result", parts: [{ kind: "text", text: "x", metadata: { k: 1 } }] },
    ],
  };
  expect(readTask(taskFromKind(dialect), "", tolerant)).toEqual({
    id: "t",
    contextId: "c",
    status: { state: "TASK_STATE_INPUT_REQUIRED", timestamp: "2026-11-21T01:12:46.381Z" },
    history: [
      {
        messageId: "m",
        role: "ROLE_USER",
        taskId: "t",
        parts: [{ text: "s" }],
        metadata: { "x-bindu.role": "system" },
      },
      {
        messageId: "n",
        role: "ROLE_USER",
        parts: [
          { data: 5 },
          { url: "http://f.test/", mediaType: "a/b" },
          { raw: "YQ==", mediaType: "a/b", filename: "n" },
        ],
      },
    ],
    artifacts: [{ artifactId: "a", name: "result", parts: [{ text: "x", metadata: { k: 1 } }] }],
  });
});

test("A36 the names of states are each other's", () => {
  expect(taskStates.map(oldState)).toEqual(
    "submitted working completed failed canceled input-required rejected auth-required".split(" "),
  );
});

test("A29 each error is read as it was written, in both bindings", () => {
  for (const name of Object.keys(problems).filter((key): key is keyof typeof problems => key in problems)) {
    const problem = { name, metadata: { taskId: "t" }, violations: [{ field: "f", description: "d" }] };
    const { status, body } = httpErrorOf(problem);
    const { error } = JSON.parse(JSON.stringify(body));
    const hasReason = name !== "PARSE_ERROR" && name !== "BODY_TOO_LARGE";
    expect(readProblem(overTheWire(rpcErrorOf(problem)), 200).name).toBe(
      name === "BODY_TOO_LARGE" ? "INVALID_REQUEST" : name,
    );
    if (hasReason) {
      expect(readProblem(error, status)).toMatchObject(problem);
      expect(error.details[0].domain).toMatch(/^(a2a-protocol\.org|x-bindu)$/);
    }
  }
});

test("A36 what a handler says with a2aResult is read by the core", () => {
  const result = a2aResult({
    artifacts: [{ name: "n", parts: [{ data: { rows: 3 } }, { text: "three rows" }] }],
  });
  expect(result.content).toBe("three rows");
  expect(readAgentResult(result.metadata["x.a2a"] ?? "")).toEqual({
    kind: "artifacts",
    artifacts: [{ name: "n", parts: [{ data: { rows: 3 } }, { text: "three rows" }] }],
  });
  const rejected = a2aResult({ state: "TASK_STATE_REJECTED", message: { parts: [{ text: "no" }] } });
  expect(readAgentResult(rejected.metadata["x.a2a"] ?? "")).toEqual({
    kind: "end",
    state: "TASK_STATE_REJECTED",
    parts: [{ text: "no" }],
  });
});

test.each([
  ["{"],
  ["{}"],
  ["[]"],
  ['{"message":{"parts":[]}}'],
  ['{"artifacts":[{"parts":[{"text":"a","raw":""}]}]}'],
  ['{"state":"TASK_STATE_WORKING"}'],
])("A36 %s is nothing that a handler can say", (json) => {
  expect(readAgentResult(json)).toHaveProperty("problem");
});

test("A36 a2aResult refuses what no core would read", () => {
  expect(() => a2aResult({ artifacts: [{ parts: [] }] })).toThrow(/artifacts\[0\]\.parts/);
});

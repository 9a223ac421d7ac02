// What the official clients and servers said is read without a complaint, and nothing of it is lost.
import { describe, expect, test } from "vitest";
import { isJsonObject, Violations } from "../../../src/wire/a2a/fields.ts";
import { isA2AMethod } from "../../../src/wire/a2a/names.ts";
import { readProblem } from "../../../src/wire/a2a/problems.ts";
import {
  readListRequest,
  readListResponse,
  readPushConfig,
  readSendRequest,
  readSendResponse,
  readStreamResponse,
  readTask,
} from "../../../src/wire/a2a/read.ts";
import { eventsOf, vectors } from "./vectors.ts";

const exchanges = [
  ...vectors.official,
  ...vectors.face.filter(({ request }) => request.headers["a2a-version"] === "1.0"),
];

/** Without the members that are empty by default, and with times to the millisecond, as we write them. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (!isJsonObject(value)) {
    const time = typeof value === "string" && /^\d{4}-\d{2}-\d{2}T.*Z$/.test(value);
    return time ? new Date(value).toISOString() : value;
  }
  const kept = Object.entries(value)
    .map(([name, member]): [string, unknown] => [name, plain(member)])
    .filter(([, member]) => !["", false, undefined].some((empty) => empty === member))
    .filter(
      ([, member]) => !(typeof member === "object" && member !== null && Object.keys(member).length === 0),
    );
  return Object.fromEntries(kept);
}

function expectWhole(read: unknown, written: unknown, { found }: Violations): void {
  expect(found).toEqual([]);
  expect(plain(JSON.parse(JSON.stringify(read)))).toEqual(plain(written));
}

const of = (method: string) => exchanges.filter(({ request }) => request.json?.method === method);

describe("requests", () => {
  test.each(
    [...of("SendMessage"), ...of("SendStreamingMessage")].filter(({ name }) => name !== "two oneof members"),
  )("A9 A10 $name", ({ request }) => {
    const violations = new Violations();
    expectWhole(readSendRequest(request.json?.params, violations), request.json?.params, violations);
  });

  test.each(of("ListTasks"))("A9 $name", ({ request }) => {
    const violations = new Violations();
    expectWhole(readListRequest(request.json?.params, violations), request.json?.params, violations);
  });
});

describe("answers", () => {
  const answers = exchanges.flatMap(({ name, request, response }) => {
    const rpc = request.json?.method;
    const result = rpc === undefined ? response.json : response.json?.result;
    return isJsonObject(result) && !("error" in result) ? [{ name, result }] : [];
  });

  test.each(answers)("A9 $name", ({ result }) => {
    const violations = new Violations();
    if (Array.isArray(result.tasks)) {
      const { tasks } = readListResponse(result, violations);
      expectWhole(tasks, result.tasks, violations);
    } else if (result.status !== undefined) {
      expectWhole(readTask(result, "", violations), result, violations);
    } else if (result.url !== undefined) {
      expectWhole(readPushConfig(result, "", violations), result, violations);
    } else if (result.task !== undefined || result.message !== undefined) {
      expectWhole(readSendResponse(result, violations), result, violations);
    }
  });

  const streams = exchanges.flatMap(({ name, response }) =>
    response.raw === undefined ? [] : [{ name, events: eventsOf(response.raw) }],
  );

  test.each(streams)("A9 A20 events of $name", ({ events }) => {
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) {
      const told = isJsonObject(event) && "result" in event ? event.result : event;
      const violations = new Violations();
      expectWhole(readStreamResponse(told, violations), told, violations);
    }
  });

  test.each(vectors.webhooks)("A9 A24 webhook $#", ({ json }) => {
    const violations = new Violations();
    expectWhole(readStreamResponse(json, violations), json, violations);
  });

  const errors = exchanges.flatMap(({ name, response }) =>
    isJsonObject(response.json?.error) ? [{ name, error: response.json.error, status: response.status }] : [],
  );

  test.each(errors)("A29 error of $name", ({ error, status }) => {
    const read = readProblem(error, status);
    expect(read.message).toBe(error.message);
    expect(read.reason ?? read.name).toBe(read.name);
  });
});

test("A1 each method of the recordings is one of the 11", () => {
  const names = exchanges.flatMap(({ request }) =>
    request.json?.method === undefined ? [] : [request.json.method],
  );
  expect(names.filter((name) => !isA2AMethod(name))).toEqual([]);
});

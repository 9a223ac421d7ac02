// Each error of the table, in both bindings: its numbers, its texts, its details.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Json, message, type StartedFace, startFace } from "./face.ts";

describe("one agent", () => {
  let face: StartedFace;
  let done: string;
  beforeAll(async () => {
    face = await startFace();
    done = (await face.result("SendMessage", message("hi"))).task.id;
  });
  afterAll(async () => {
    await face[Symbol.asyncDispose]();
  });

  interface Case {
    readonly rpc: readonly [body: unknown, code: number, status?: number, headers?: Record<string, string>];
    readonly rest?: readonly [
      line: string,
      status: number,
      text: string,
      body?: unknown,
      headers?: Record<string, string>,
    ];
    readonly reason: string | undefined;
  }

  const call = (method: string, params: unknown = {}): object => ({ jsonrpc: "2.0", id: 7, method, params });
  const cases: Readonly<Record<string, () => Case>> = {
    "an unknown task": () => ({
      rpc: [call("GetTask", { id: "x" }), -32001],
      rest: ["GET /tasks/x", 404, "NOT_FOUND"],
      reason: "TASK_NOT_FOUND",
    }),
    "a task that cannot be canceled": () => ({
      rpc: [call("CancelTask", { id: done }), -32002],
      rest: [`POST /tasks/${done}:cancel`, 400, "FAILED_PRECONDITION"],
      reason: "TASK_NOT_CANCELABLE",
    }),
    "what is not done": () => ({
      rpc: [call("SubscribeToTask", { id: done }), -32004],
      rest: [`POST /tasks/${done}:subscribe`, 400, "FAILED_PRECONDITION"],
      reason: "UNSUPPORTED_OPERATION",
    }),
    "a wrong content type": () => ({
      rpc: [call("ListTasks"), -32005, 200, { "content-type": "text/plain" }],
      rest: ["POST /message:send", 415, "INVALID_ARGUMENT", {}, { "content-type": "text/plain" }],
      reason: "CONTENT_TYPE_NOT_SUPPORTED",
    }),
    "an unknown version": () => ({
      rpc: [call("ListTasks"), -32009, 200, { "a2a-version": "9.9" }],
      rest: ["GET /tasks", 400, "FAILED_PRECONDITION", undefined, { "a2a-version": "9.9" }],
      reason: "VERSION_NOT_SUPPORTED",
    }),
    "no JSON": () => ({
      rpc: ["{", -32700],
      rest: ["POST /message:send", 400, "INVALID_ARGUMENT", "{"],
      reason: undefined,
    }),
    "half of a surrogate pair": () => ({
      rpc: ['{"jsonrpc":"2.0","id":7,"method":"GetTask","params":{"id":"\\ud800"}}', -32700],
      rest: ["POST /message:send", 400, "INVALID_ARGUMENT", '{"a":"\\ud800"}'],
      reason: undefined,
    }),
    "no object": () => ({
      rpc: [5, -32600],
      rest: ["POST /message:send", 400, "INVALID_ARGUMENT", "[]"],
      reason: "INVALID_REQUEST",
    }),
    "a batch": () => ({ rpc: [[call("ListTasks")], -32600], reason: "INVALID_REQUEST" }),
    "another jsonrpc": () => ({
      rpc: [{ ...call("ListTasks"), jsonrpc: "1.0" }, -32600],
      reason: "INVALID_REQUEST",
    }),
    "an id that is none": () => ({
      rpc: [{ ...call("ListTasks"), id: {} }, -32600],
      reason: "INVALID_REQUEST",
    }),
    "no method": () => ({ rpc: [{ jsonrpc: "2.0", id: 7 }, -32600], reason: "INVALID_REQUEST" }),
    "an unknown method": () => ({
      rpc: [call("Nothing"), -32601],
      rest: ["GET /nothing", 404, "NOT_FOUND"],
      reason: "METHOD_NOT_FOUND",
    }),
    "wrong parameters": () => ({
      rpc: [call("GetTask", {}), -32602],
      rest: ["GET /tasks?pageSize=0", 400, "INVALID_ARGUMENT"],
      reason: "INVALID_PARAMS",
    }),
    "a body over 16 MiB": () => ({
      rpc: [call("GetTask", { id: "x".repeat(17 * 1024 * 1024) }), -32600, 413],
      rest: ["POST /message:send", 413, "RESOURCE_EXHAUSTED", { x: "x".repeat(17 * 1024 * 1024) }],
      reason: undefined,
    }),
  };

  const details = (list: readonly Json[] | undefined, reason: string | undefined): void => {
    if (reason === undefined) {
      expect(list).toBeUndefined();
      return;
    }
    expect(list?.[0]).toMatchObject({
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason,
      domain: "a2a-protocol.org",
    });
    if (reason === "INVALID_PARAMS") {
      expect(list?.[1]).toMatchObject({
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        fieldViolations: [{ field: expect.any(String), description: expect.any(String) }],
      });
    }
  };

  test.each(Object.entries(cases))("A29 %s", async (_, make) => {
    const { rpc, rest, reason } = make();
    const [body, code, http = 200, headers = {}] = rpc;
    const answer = await face.ask("POST", "/a2a", { body, headers });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([http, "application/json"]);
    const { error, jsonrpc, id } = answer.json;
    expect([error.code, jsonrpc]).toEqual([code, "2.0"]);
    expect(id).toBe(
      code === -32700 ||
        [5].includes(body as number) ||
        Array.isArray(body) ||
        http === 413 ||
        error.code === -32005 ||
        (body as Json).id === undefined ||
        typeof (body as Json).id === "object"
        ? null
        : 7,
    );
    expect(Object.keys(error).sort()).toEqual(
      reason === undefined ? ["code", "message"] : ["code", "data", "message"],
    );
    details(error.data, reason);
    if (rest !== undefined) {
      const [line, status, text, sent, restHeaders = {}] = rest;
      const [verb = "", path = ""] = line.split(" ");
      const told = await face.ask(verb, `/a2a${path}`, { body: sent, headers: restHeaders });
      expect(told.status).toBe(status);
      const { error: problem, ...others } = told.json;
      expect(others).toEqual({});
      expect(problem).toMatchObject({ code: status, status: text, message: expect.stringMatching(/./) });
      expect(
        Object.keys(problem).every((name) => ["code", "status", "message", "details"].includes(name)),
      ).toBe(true);
      details(problem.details, reason);
    }
  });
});

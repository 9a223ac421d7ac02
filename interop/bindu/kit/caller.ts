// What the checks have in common: sends by the prefix of a message, results that fit their schema, refusals by their reason.
import assert from "node:assert/strict";
import type { z } from "zod";
import type { Answer, Binding } from "./bindings.ts";
import { type Message, type StreamResponse, sendResponse, type Task, task } from "./schema.ts";

/** The code of JSON-RPC and the status of HTTP by the reason of a refusal. */
const codes = {
  TASK_NOT_FOUND: [-32001, 404],
  TASK_NOT_CANCELABLE: [-32002, 400],
  PUSH_NOTIFICATION_NOT_SUPPORTED: [-32003, 400],
  UNSUPPORTED_OPERATION: [-32004, 400],
  EXTENSION_SUPPORT_REQUIRED: [-32008, 400],
  VERSION_NOT_SUPPORTED: [-32009, 400],
  INVALID_REQUEST: [-32600, 400],
  METHOD_NOT_FOUND: [-32601, 404],
  INVALID_PARAMS: [-32602, 400],
} as const;
type Reason = keyof typeof codes;

export interface Caller {
  readonly binding: Binding;
  /** Parameters of a send whose message's id begins so. */
  said(prefix: string, more?: object, configuration?: object): Record<string, unknown>;
  /** The task of a send. */
  send(prefix: string, more?: object, configuration?: object): Promise<Task>;
  /** The message of a send that needs no task. */
  sendForMessage(prefix: string): Promise<Message>;
  /** The result of a call, which fits. */
  result<Schema extends z.ZodType>(
    method: string,
    params: Readonly<Record<string, unknown>>,
    schema: Schema,
  ): Promise<z.infer<Schema>>;
  get(id: string, more?: object): Promise<Task>;
  stream(prefix: string, more?: object): Promise<readonly StreamResponse[]>;
  refused(reason: Reason, method: string, params?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Holds an answer to be that refusal. */
  isRefusal(reason: Reason, answer: Answer): void;
}

export function createCaller(binding: Binding): Caller {
  const said: Caller["said"] = (prefix, more = {}, configuration = {}) => ({
    // The kit says one id again and again.
    message: { messageId: `tck-${prefix}`, role: "ROLE_USER", parts: [{ text: "Hello" }], ...more },
    configuration,
  });
  const result: Caller["result"] = async (method, params, schema) => {
    const answer = await binding.call(method, params);
    assert.deepEqual([answer.status, answer.refusal], [200, undefined]);
    return schema.parse(answer.result);
  };
  const isRefusal: Caller["isRefusal"] = (reason, { status, refusal }) => {
    const [rpc, http] = codes[reason];
    const isRpc = binding.name === "JSONRPC";
    assert.deepEqual(
      [status, refusal?.code, refusal?.reason],
      [isRpc ? 200 : http, isRpc ? rpc : http, reason],
    );
  };
  return {
    binding,
    said,
    result,
    isRefusal,
    async send(...what) {
      const answer = await result("SendMessage", said(...what), sendResponse);
      assert.ok("task" in answer, "a task");
      return answer.task;
    },
    async sendForMessage(prefix) {
      const answer = await result("SendMessage", said(prefix), sendResponse);
      assert.ok("message" in answer, "a message");
      return answer.message;
    },
    get: (id, more = {}) => result("GetTask", { id, ...more }, task),
    stream: (prefix, more) => toEnd(binding.stream("SendStreamingMessage", said(prefix, more))),
    async refused(reason, method, params) {
      isRefusal(reason, await binding.call(method, params));
    },
  };
}

export async function toEnd(stream: AsyncIterable<StreamResponse>): Promise<readonly StreamResponse[]> {
  const events: StreamResponse[] = [];
  for await (const event of stream) {
    events.push(event);
  }
  return events;
}

/** What a stream tells, in short: the state of its task, the states that follow, the texts of pieces. */
export function shapeOf(events: readonly StreamResponse[]): readonly string[] {
  return events.map((event) => {
    if ("task" in event) {
      return `task ${event.task.status.state}`;
    }
    if ("statusUpdate" in event) {
      return event.statusUpdate.status.state;
    }
    const parts = "message" in event ? event.message.parts : event.artifactUpdate.artifact.parts;
    return JSON.stringify(parts);
  });
}

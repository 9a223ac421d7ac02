// Both bindings of A2A 1.0 on the bare wire: one table of methods, and answers that are checked before they are read.
import { z } from "zod";
import { httpError, rpcError, type StreamResponse, streamResponse } from "./schema.ts";

type Params = Readonly<Record<string, unknown>>;

/** A refusal, as both bindings tell it. */
export interface Refusal {
  /** The code of JSON-RPC, or the status of HTTP. */
  readonly code: number;
  readonly reason: string | undefined;
  readonly message: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly result: unknown;
  readonly refusal: Refusal | undefined;
}

export interface Binding {
  readonly name: "JSONRPC" | "HTTP+JSON";
  call(method: string, params?: Params, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The events of a stream, until it ends or is left. */
  stream(method: string, params: Params): AsyncGenerator<StreamResponse, void, void>;
}

const rpcAnswer = z.union([
  z.strictObject({ jsonrpc: z.literal("2.0"), id: z.int(), result: z.json() }),
  z.strictObject({ jsonrpc: z.literal("2.0"), id: z.int(), error: rpcError }),
]);

const version = { "a2a-version": "1.0" };

async function* framesOf(response: Response): AsyncGenerator<unknown, void, void> {
  if (response.body === null || response.headers.get("content-type") !== "text/event-stream") {
    throw new Error(`no stream, but ${response.status} ${await response.text()}`);
  }
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body) {
    const frames = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames.filter((each) => !each.startsWith(":"))) {
      const [, data] = /^id: \d+\ndata: (.*)$/.exec(frame) ?? [];
      if (data === undefined) {
        throw new Error(`no event: ${frame}`);
      }
      yield JSON.parse(data);
    }
  }
}

/** Leaving the loop ends the request. */
async function* eventsOf(
  open: (signal: AbortSignal) => Promise<Response>,
  unwrap: (frame: unknown) => unknown,
): AsyncGenerator<StreamResponse, void, void> {
  const left = new AbortController();
  try {
    for await (const frame of framesOf(await open(left.signal))) {
      yield streamResponse.parse(unwrap(frame));
    }
  } finally {
    left.abort();
  }
}

export function jsonRpc(face: string): Binding {
  let ids = 0;
  const post = (id: number, method: string, params?: Params, init: RequestInit = {}): Promise<Response> =>
    fetch(face, {
      method: "POST",
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
      ...init,
      headers: { "content-type": "application/json", ...version, ...init.headers },
    });
  const opened = (value: unknown, id: number): z.infer<typeof rpcAnswer> => {
    const answer = rpcAnswer.parse(value);
    if (answer.id !== id) {
      throw new Error(`the answer to ${id} says ${answer.id}`);
    }
    return answer;
  };
  return {
    name: "JSONRPC",
    async call(method, params, headers = {}) {
      ids += 1;
      const id = ids;
      const response = await post(id, method, params, { headers });
      const text = await response.text();
      const answer = opened(JSON.parse(text), id);
      const { error, result } = { error: undefined, result: undefined, ...answer };
      const refusal = error && { ...error, reason: reasonOf(error.data) };
      return { status: response.status, headers: response.headers, text, result, refusal };
    },
    stream(method, params) {
      ids += 1;
      const id = ids;
      return eventsOf(
        (signal) => post(id, method, params, { signal }),
        (frame) => Object(opened(frame, id)).result,
      );
    },
  };
}

const reasonOf = (details: readonly object[] = []): string | undefined => Object(details[0]).reason;

type Route = readonly [verb: string, path: string, more?: Params];

const enc = (id: unknown): string => encodeURIComponent(String(id));

/** Where each method is, and which of its parameters are left for the query or the body. */
const routes: Readonly<Record<string, (params: Params) => Route>> = {
  SendMessage: (params) => ["POST", "/message:send", params],
  SendStreamingMessage: (params) => ["POST", "/message:stream", params],
  GetTask: ({ id, ...query }) => ["GET", `/tasks/${enc(id)}`, query],
  ListTasks: (query) => ["GET", "/tasks", query],
  CancelTask: ({ id, ...body }) => ["POST", `/tasks/${enc(id)}:cancel`, body],
  SubscribeToTask: ({ id }) => ["GET", `/tasks/${enc(id)}:subscribe`],
  CreateTaskPushNotificationConfig: ({ taskId, ...body }) => [
    "POST",
    `/tasks/${enc(taskId)}/pushNotificationConfigs`,
    body,
  ],
  GetTaskPushNotificationConfig: ({ taskId, id }) => [
    "GET",
    `/tasks/${enc(taskId)}/pushNotificationConfigs/${enc(id)}`,
  ],
  ListTaskPushNotificationConfigs: ({ taskId, ...query }) => [
    "GET",
    `/tasks/${enc(taskId)}/pushNotificationConfigs`,
    query,
  ],
  DeleteTaskPushNotificationConfig: ({ taskId, id }) => [
    "DELETE",
    `/tasks/${enc(taskId)}/pushNotificationConfigs/${enc(id)}`,
  ],
  GetExtendedAgentCard: () => ["GET", "/extendedAgentCard"],
};

export function httpJson(face: string): Binding {
  const ask = (method: string, params: Params = {}, init: RequestInit = {}): Promise<Response> => {
    const [verb, path, more = {}] = routes[method]?.(params) ?? ["GET", `/${method}`];
    const headers = { ...version, ...init.headers };
    if (verb !== "POST") {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(more)) {
        query.set(name, String(value));
      }
      return fetch(`${face}${path}?${query}`, { method: verb, ...init, headers });
    }
    const body = JSON.stringify(more);
    const typed = { "content-type": "application/json", ...headers };
    return fetch(`${face}${path}`, { method: verb, body, ...init, headers: typed });
  };
  return {
    name: "HTTP+JSON",
    async call(method, params, headers = {}) {
      const response = await ask(method, params, { headers });
      const text = await response.text();
      const json: unknown = JSON.parse(text);
      const error = response.ok ? undefined : z.strictObject({ error: httpError }).parse(json).error;
      const refusal = error && { ...error, reason: reasonOf(error.details) };
      return { status: response.status, headers: response.headers, text, result: json, refusal };
    },
    stream: (method, params) =>
      eventsOf(
        (signal) => ask(method, params, { signal }),
        (frame) => frame,
      ),
  };
}

// A core with one agent behind its face, and the two bindings as a stranger speaks them.
import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@x/core/rpc/client";
import { waitUntil } from "@x/core/testing";
import { type LocalBindu, type LocalBinduOptions, startCore } from "../../src/local/index.ts";
import { BinduService } from "../../src/proto.ts";
import { type FaceAgent, startFaceAgent } from "./agent.ts";

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, if it is JSON. */
  readonly json: Json;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
export type Json = any;

/** One event of a stream. */
export interface Told {
  readonly id: number;
  readonly data: Json;
}

export interface Registered {
  readonly agentId: string;
  readonly did: string;
  /** The agent's own address. */
  readonly url: string;
}

export interface StartedFace extends AsyncDisposable, Registered {
  readonly core: LocalBindu;
  readonly agent: FaceAgent;
  ask(method: string, path: string, init?: Asking): Promise<Answered>;
  rpc(method: string, params?: unknown, headers?: Record<string, string>, path?: string): Promise<Json>;
  /** The result of a call that must be one. */
  result(method: string, params?: unknown, headers?: Record<string, string>): Promise<Json>;
  /** All events of a stream of JSON-RPC that ends. */
  events(method: string, params: unknown, headers?: Record<string, string>): Promise<readonly Told[]>;
  /** A stream that is read while it comes. */
  open(method: string, params: unknown, headers?: Record<string, string>): Promise<Live>;
}

export interface Asking {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export interface Live extends AsyncDisposable {
  readonly told: readonly Told[];
  /** Resolves when there are so many events. */
  count(count: number): Promise<void>;
  readonly ended: Promise<void>;
}

export const message = (text: string, more: object = {}): { readonly message: object } => ({
  message: { messageId: "m-1", role: "ROLE_USER", parts: [{ text }], ...more },
});

export const config = (more: object = {}): object => ({
  author: "vec@example.com",
  name: "face-stub",
  description: "stub agent of the A2A face",
  version: "1.0.0",
  deployment: { url: "http://127.0.0.1:0", expose: true },
  capabilities: { streaming: true, push_notifications: true },
  ...more,
});

export const coreAt = (addr: string): Client<typeof BinduService> =>
  createClient(BinduService, createGrpcTransport({ baseUrl: `http://${addr}` }));

export async function register(core: string, agent: string, more: object = {}): Promise<Registered> {
  const reply = await coreAt(core).registerAgent({
    configJson: JSON.stringify(config(more)),
    skills: [
      {
        name: "qa",
        description: "answers",
        tags: ["qa"],
        inputModes: ["text/plain"],
        outputModes: ["text/plain"],
      },
    ],
    grpcCallbackAddress: agent,
  });
  if (!reply.success) {
    throw new Error(reply.error);
  }
  return { agentId: reply.agentId, did: reply.did, url: reply.agentUrl.replace(/\/$/, "") };
}

export async function startFace(more: object = {}, options: LocalBinduOptions = {}): Promise<StartedFace> {
  const agent = await startFaceAgent();
  const core = await startCore({ addr: "127.0.0.1:0", ...options });
  const registered = await register(core.addr, agent.address, more);
  return {
    ...registered,
    core,
    agent,
    ...talk(registered.url),
    async [Symbol.asyncDispose]() {
      await core.close();
      await agent[Symbol.asyncDispose]();
    },
  };
}

/** The bindings at an address. */
export function talk(url: string): Pick<StartedFace, "ask" | "rpc" | "result" | "events" | "open"> {
  let id = 0;
  const ask: StartedFace["ask"] = async (method, path, { body, headers = {}, ...others } = {}) => {
    const response = await fetch(url + path, {
      method,
      redirect: "manual",
      ...others,
      headers: body === undefined ? headers : { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  };
  const rpc: StartedFace["rpc"] = async (method, params, headers = {}, path = "/a2a") => {
    id += 1;
    const answer = await ask("POST", path, { body: { jsonrpc: "2.0", id, method, params }, headers });
    return answer.json;
  };
  const open: StartedFace["open"] = async (method, params, headers = {}) => {
    id += 1;
    const cut = new AbortController();
    const response = await fetch(`${url}/a2a`, {
      method: "POST",
      signal: cut.signal,
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
    });
    const told: Told[] = [];
    const read = async (): Promise<void> => {
      let rest = "";
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        const events = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
        rest = events.pop() ?? "";
        told.push(...events.flatMap(eventOf));
      }
    };
    const ended = read().catch(() => undefined);
    return {
      told,
      ended,
      count: (count) => waitUntil(() => told.length >= count),
      async [Symbol.asyncDispose]() {
        cut.abort();
        await ended;
      },
    };
  };
  return {
    ask,
    rpc,
    open,
    async result(method, params, headers) {
      const answer = await rpc(method, params, headers);
      if (answer?.error !== undefined) {
        throw new Error(JSON.stringify(answer.error));
      }
      return answer?.result;
    },
    async events(method, params, headers) {
      await using live = await open(method, params, headers);
      await live.ended;
      return live.told;
    },
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Comments are none. */
export function eventOf(text: string): readonly Told[] {
  const id = /^id: (\d+)$/m.exec(text)?.[1];
  const data = /^data: (.*)$/m.exec(text)?.[1];
  if (data === undefined) {
    return [];
  }
  const value = parsed(data);
  return [{ id: Number(id), data: value?.jsonrpc === undefined ? value : (value.result ?? value) }];
}

/** A stream in short: what each event tells. */
export const shapesOf = (told: readonly Told[]): readonly string[] =>
  told.map(({ id, data: { task, statusUpdate, artifactUpdate } }) => {
    const state = (task ?? statusUpdate)?.status.state.replace("TASK_STATE_", "");
    const text = artifactUpdate?.artifact.parts.map((part: Json) => part.text).join("");
    return `${id} ${task === undefined ? (state ?? text) : `+${state}`}`;
  });

// A server on a free port, and agents that speak its wire with nothing but HTTP: what tests of the server often need.
import { randomUUID } from "node:crypto";
import {
  type LocalOpenAgents,
  type LocalOpenAgentsOptions,
  startLocalOpenAgents,
} from "../../src/local/index.ts";

/** JSON of the server, which a test reads as it expects it. */
// biome-ignore lint/suspicious/noExplicitAny: each test says itself what must be there
export type Json = any;

/** What came back. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; `undefined` for one that is none. */
  readonly body: Json;
}

export interface Requested {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request. A body that is a text goes out as it is. */
export async function request(
  url: string,
  method: string,
  { body, headers = {} }: Requested = {},
): Promise<Reply> {
  const sent = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url, { method, headers, ...(sent === undefined ? {} : { body: sent }) });
  const text = await response.text();
  const { status, headers: answered } = response;
  return { status, headers: answered, text, body: asJson(text) };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An agent by its id and secret. */
export interface NetworkAgent {
  readonly id: string;
  readonly secret: string;
  readonly group: string;
  /** Sends an event, and answers the body. */
  send(name: string, to: string, payload?: unknown, more?: Readonly<Record<string, unknown>>): Promise<Json>;
  system(name: string, payload?: unknown): Promise<Json>;
  post(channel: string, text: string, more?: Readonly<Record<string, unknown>>): Promise<string>;
  /** What is queued, without the comings and goings of others unless these are asked for. */
  poll(query?: string): Promise<Json[]>;
  all(): Promise<Json[]>;
}

export interface Network extends AsyncDisposable {
  readonly server: LocalOpenAgents;
  call(method: string, path: string, requested?: Requested): Promise<Reply>;
  /** Registers one more agent. */
  agent(id: string, more?: Readonly<Record<string, unknown>>): Promise<NetworkAgent>;
  /** A call of the workspace's API with its token. */
  workspace(method: string, path: string, body?: unknown): Promise<Reply>;
}

const presence = "discovery.notification.";

export async function startNetwork(options: LocalOpenAgentsOptions = {}): Promise<Network> {
  const server = await startLocalOpenAgents({ metricsAddr: "off", channels: ["general", "dev"], ...options });
  return networkAt(server);
}

/** The same around a server that runs. */
export function networkAt(server: LocalOpenAgents): Network {
  const call = (method: string, path: string, requested?: Requested): Promise<Reply> =>
    request(`${server.url}${path}`, method, requested);
  return {
    server,
    call,
    async agent(id, more = {}) {
      const { status, body, text } = await call("POST", "/api/register", {
        body: { agent_id: id, metadata: {}, ...more },
      });
      if (status !== 200) {
        throw new Error(`register ${id}: ${status} ${text}`);
      }
      return agentAt(server.url, id, body.secret, body.assigned_group);
    },
    workspace: (method, path, body) =>
      call(method, path, {
        headers: { "x-workspace-token": server.workspaceToken },
        ...(body === undefined ? {} : { body }),
      }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** An agent that is registered already. */
export function agentAt(url: string, id: string, secret: string, group = "guest"): NetworkAgent {
  const send: NetworkAgent["send"] = async (name, to, payload = {}, more = {}) => {
    const body = {
      event_id: randomUUID(),
      event_name: name,
      source_id: id,
      target_agent_id: to,
      payload,
      metadata: {},
      visibility: "network",
      secret,
      ...more,
    };
    return (await request(`${url}/api/send_event`, "POST", { body })).body;
  };
  const poll = async (query = ""): Promise<Json[]> => {
    const { body } = await request(
      `${url}/api/poll?agent_id=${encodeURIComponent(id)}&secret=${secret}${query}`,
      "GET",
    );
    return [...body.messages];
  };
  return {
    id,
    secret,
    group,
    send,
    system: (name, payload = {}) => send(`system.${name}`, "system:system", payload),
    async post(channel, text, more = {}) {
      const payload = { channel, content: { text }, message_type: "channel_message", ...more };
      const { data } = await send("thread.channel_message.post", `channel:${channel}`, payload);
      return data.event_id;
    },
    async poll(query) {
      return (await poll(query)).filter(({ event_name }) => !event_name.startsWith(presence));
    },
    all: () => poll(),
  };
}

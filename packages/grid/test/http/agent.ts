// An agent for tests: a key, and signed requests over real sockets, one at a time or as raw as a test needs.

import type { Identity } from "@x/core";
import { alice, bob, carol } from "@x/core/testing";
import { type LocalGrid, type LocalGridOptions, startLocalGrid } from "../../src/local/index.ts";
import { nodeIdOf } from "../../src/wire/node-id.ts";
import { gridProfile } from "../../src/wire/profile.ts";
import { type Signing, signedBody, signedQuery, signedRpcBody } from "../../src/wire/signing.ts";

/** What came back, as JSON where it is. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  readonly body: any;
}

export async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== "" ? JSON.parse(text) : undefined,
  };
}

/** One event of a stream. */
export interface Heard {
  readonly id: string | undefined;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  readonly data: any;
}

export class Agent {
  readonly nodeId: string;
  readonly publicKey: string;
  readonly #url: string;
  readonly #identity: Identity;
  readonly #clock: () => number;
  #calls = 0;

  constructor(url: string, identity: Identity, clock: () => number = Date.now) {
    this.#url = url;
    this.#identity = identity;
    this.#clock = clock;
    this.nodeId = nodeIdOf(identity.publicKey);
    this.publicKey = Buffer.from(identity.publicKey).toString("hex");
  }

  signing(more: Partial<Signing> = {}): Signing {
    return {
      profile: gridProfile,
      nodeId: this.nodeId,
      signer: this.#identity,
      wallMs: this.#clock(),
      ...more,
    };
  }

  /** Sends a text as it is. */
  async raw(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    return replyOf(response);
  }

  async rest(
    method: string,
    path: string,
    payload: object = {},
    more: Partial<Signing> = {},
  ): Promise<Reply> {
    const fields = payload as Record<string, unknown>;
    return this.raw(method, path, await signedBody(fields, this.signing(more)));
  }

  own(action: string, payload: object = {}): Promise<Reply> {
    return this.rest("POST", `/nodes/${this.nodeId}/${action}`, payload);
  }

  async query(
    path: string,
    query: Record<string, string> = {},
    more: Partial<Signing> = {},
  ): Promise<string> {
    return `${path}?${new URLSearchParams(await signedQuery(query, this.signing(more)))}`;
  }

  async get(path: string): Promise<Reply> {
    return this.raw("GET", await this.query(path));
  }

  register(more: object = {}): Promise<Reply> {
    return this.rest("POST", "/nodes", {
      name: "agent",
      description: "",
      skills: [],
      autonomous: true,
      publicKey: this.publicKey,
      ...more,
    });
  }

  /** A call with whatever comes of it. */
  async call(
    method: string,
    params: object,
    at: string = this.nodeId,
    more: Partial<Signing> = {},
  ): Promise<Reply> {
    this.#calls += 1;
    const call = { id: String(this.#calls), method, params: params as Record<string, unknown> };
    return this.raw("POST", `/a2a/${at}`, await signedRpcBody(call, this.signing(more)));
  }

  /** A call's result; fails the test for an error. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  async ok(method: string, params: object, at?: string): Promise<any> {
    const { body, text } = await this.call(method, params, at);
    if (body?.result === undefined) {
      throw new Error(`${method} was refused: ${text}`);
    }
    return body.result;
  }

  /** The reason and the number of a call's error. */
  async refused(method: string, params: object, at?: string): Promise<string> {
    const { body, text } = await this.call(method, params, at);
    if (body?.error === undefined) {
      throw new Error(`${method} was not refused: ${text}`);
    }
    return `${body.error.code} ${body.error.data.reason}`;
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  send(to: string, text: string, more: object = {}, message: object = {}): Promise<any> {
    return this.ok("message/send", { message: { parts: [{ type: "text", text }], ...message }, ...more }, to);
  }

  /** The events of a stream until it ends or the signal aborts. */
  async *events(signal: AbortSignal, headers: Record<string, string> = {}): AsyncGenerator<Heard, void> {
    const path = await this.query(`/a2a/${this.nodeId}/events`);
    const response = await fetch(`${this.#url}${path}`, { signal, headers });
    if (response.status !== 200 || response.body === null) {
      throw new Error(`${response.status} ${await response.text()}`);
    }
    let rest = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      rest += chunk;
      for (let end = rest.indexOf("\n\n"); end !== -1; end = rest.indexOf("\n\n")) {
        const lines = rest.slice(0, end).split("\n");
        rest = rest.slice(end + 2);
        const field = (name: string) =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        const [event, data] = [field("event"), field("data")];
        if (event !== undefined && data !== undefined) {
          yield { id: field("id"), event, data: JSON.parse(data) };
        }
      }
    }
  }
}

/** A stream that is read by a test, event by event. */
export class Listener implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly #stop = new AbortController();
  readonly #events: AsyncGenerator<Heard, void>;

  constructor(agent: Agent, headers: Record<string, string> = {}) {
    this.#events = agent.events(this.#stop.signal, headers);
  }

  /** The next event; `undefined` when the stream has ended. */
  async next(): Promise<Heard | undefined> {
    const { value } = await this.#events.next();
    if (value) {
      this.heard.push(value);
    }
    return value ?? undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#events.next().catch(() => undefined);
  }
}

export interface Stage extends AsyncDisposable {
  readonly server: LocalGrid;
  readonly a: Agent;
  readonly b: Agent;
  readonly c: Agent;
  agent(identity: Identity): Agent;
}

/** A server with three registered agents. */
export async function stage(options: LocalGridOptions = {}): Promise<Stage> {
  const server = await startLocalGrid({ metricsAddr: "off", ...options });
  const agent = (identity: Identity): Agent => new Agent(server.url, identity);
  const [a, b, c] = [agent(alice), agent(bob), agent(carol)];
  await a.register({ name: "a" });
  await b.register({ name: "b" });
  await c.register({ name: "c" });
  return { server, a, b, c, agent, [Symbol.asyncDispose]: () => server.close() };
}

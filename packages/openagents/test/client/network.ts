// A network of the real kind, as small as it can be: registrations, queues, the messaging and discovery mods as far as clients see
// them. It leaks secrets as the real one does, and can be told to do what ours does besides.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { waitUntil } from "@x/core/testing";
import { AgentClient, type AgentClientOptions, type ConnectOptions } from "../../src/index.ts";
import { type Body, bodiesOf, bodyOf } from "../../src/wire/body.ts";
import { readDestination } from "../../src/wire/destinations.ts";

export type Wire = Record<string, unknown>;

export interface NetworkOptions {
  /** Names of what it can do besides. */
  readonly features?: readonly string[];
  readonly transports?: readonly object[];
  readonly password?: string;
  readonly maxBody?: number;
}

interface Registered {
  readonly secret: string;
  readonly metadata: unknown;
}

/** Answers a request in place of the network, if it likes; true where it has. */
export type Intercept = (
  request: { path: string; body: Body; query: URLSearchParams },
  response: ServerResponse,
) => boolean;

export class TestNetwork implements AsyncDisposable {
  readonly agents = new Map<string, Registered>();
  readonly queues = new Map<string, Wire[]>();
  readonly requests: {
    path: string;
    body: Body;
    query: URLSearchParams;
    headers: IncomingMessage["headers"];
  }[] = [];
  readonly #options: NetworkOptions;
  readonly #sockets = new Set<Socket>();
  readonly #clients: AgentClient[] = [];
  #server: Server | undefined;
  #ids = 0;
  #stream = new Map<string, ServerResponse>();
  port = 0;
  intercept: Intercept | undefined;
  /** How the mod answers direct messages and posts; the answer waits for it. */
  beforeAnswer: ((event: Wire) => Promise<void> | void) | undefined;
  registrations = 0;

  constructor(options: NetworkOptions = {}) {
    this.#options = options;
  }

  static async start(options: NetworkOptions = {}): Promise<TestNetwork> {
    const network = new TestNetwork(options);
    await network.listen();
    return network;
  }

  async listen(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Ends as a process does, with all that it knew only in memory. */
  async stop(keep: "nothing" | "everything" = "nothing"): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    if (server !== undefined) {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
    if (keep === "nothing") {
      this.agents.clear();
      this.queues.clear();
    }
  }

  client(options: AgentClientOptions = {}): AgentClient {
    const client = new AgentClient(options);
    this.#clients.push(client);
    return client;
  }

  /** A client that is connected. */
  async join(
    agentId: string,
    connect: Omit<ConnectOptions, "host" | "port"> = {},
    options: AgentClientOptions = {},
  ): Promise<AgentClient> {
    const client = this.client({ ...options, agentId });
    await client.connectToServer("127.0.0.1", this.port, {
      pollIntervalMs: 10,
      throwOnError: true,
      ...connect,
    });
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.disconnect()));
    await this.stop();
  }

  /** Puts an event in an agent's queue, or sends it over its stream. */
  deliver(agentId: string, event: Wire): void {
    this.#ids += 1;
    const wire = {
      event_id: `n${this.#ids}`,
      timestamp: 1_795_000_000,
      source_type: "agent",
      destination_id: agentId,
      payload: {},
      metadata: {},
      visibility: "network",
      secret: null,
      ...event,
      ack: this.#ids,
    };
    const queue = this.queues.get(agentId) ?? [];
    queue.push(wire);
    this.queues.set(agentId, queue);
    this.#stream.get(agentId)?.write(this.#asSse(wire));
    this.#woken();
  }

  #waiting: (() => void)[] = [];
  #woken(): void {
    for (const wake of this.#waiting.splice(0)) {
      wake();
    }
  }

  #asSse({ ack, ...event }: Wire): string {
    return `id: ${ack}\ndata: ${JSON.stringify(event)}\n\n`;
  }

  has(feature: string): boolean {
    return this.#options.features?.includes(feature) ?? false;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const text = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? "/", "http://network");
    const received = {
      path: url.pathname,
      body: text === "" ? {} : (JSON.parse(text) as Body),
      query: url.searchParams,
    };
    this.requests.push({ ...received, headers: request.headers });
    if (this.intercept?.(received, response)) {
      return;
    }
    if (text.length > (this.#options.maxBody ?? 1_048_576)) {
      answer(response, 500, { success: false, error_message: "Request Entity Too Large" });
      return;
    }
    const bearer = request.headers.authorization?.replace("Bearer ", "");
    const secret = bearer ?? url.searchParams.get("secret") ?? received.body.secret;
    const agentId = String(
      url.searchParams.get("agent_id") ?? received.body.agent_id ?? received.body.source_id,
    );
    const isKnown = secret !== undefined && this.agents.get(agentId)?.secret === secret;
    const refused = "Authentication failed: Invalid or missing secret";
    switch (url.pathname) {
      case "/api/health":
        answer(response, 200, this.#health());
        return;
      case "/api/register":
        this.#register(received.body, response);
        return;
      case "/api/unregister":
        answer(
          response,
          isKnown ? 200 : 500,
          isKnown ? { success: true } : { success: false, error_message: refused },
        );
        if (isKnown) {
          this.agents.delete(agentId);
        }
        return;
      case "/api/poll":
        if (!isKnown) {
          answer(response, 200, { success: false, messages: [], agent_id: agentId, error_message: refused });
          return;
        }
        await this.#poll(agentId, url.searchParams, response);
        return;
      case "/api/stream":
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.flushHeaders();
        this.#stream.set(agentId, response);
        for (const event of this.queues.get(agentId) ?? []) {
          response.write(this.#asSse(event));
        }
        response.on("close", () => this.#stream.delete(agentId));
        return;
      case "/api/send_event":
        answer(
          response,
          200,
          isKnown ? await this.#send(received.body) : { success: false, message: refused, data: null },
        );
        return;
      case "/api/send_events": {
        const results: object[] = [];
        for (const event of bodiesOf(received.body.events)) {
          const isBad = bodyOf(event.payload).bad === true;
          results.push(isBad ? { success: false, message: "bad" } : await this.#send({ ...event }));
        }
        answer(response, 200, { success: true, results });
        return;
      }
      default:
        response.writeHead(404, { "content-type": "text/plain" }).end("404: Not Found");
    }
  }

  #health(): object {
    const transports = this.#options.transports ?? [
      { type: "http", config: { host: "127.0.0.1", port: this.port } },
    ];
    const features = this.#options.features;
    return {
      success: true,
      status: "healthy",
      data: {
        network_id: "n",
        transports,
        requires_password: this.#options.password !== undefined,
        ...(features === undefined
          ? {}
          : { features: Object.fromEntries(features.map((name) => [name, true])) }),
      },
    };
  }

  #register(body: Body, response: ServerResponse): void {
    const { password } = this.#options;
    const id = String(body.agent_id);
    if (password !== undefined && body.password_hash !== password) {
      const error_message = "Registration failed: Password authentication required for network registration";
      answer(response, 500, { success: false, error_message });
      return;
    }
    this.registrations += 1;
    const secret = `secret${this.registrations}`.padEnd(64, "x");
    this.agents.set(id, { secret, metadata: body.metadata });
    this.queues.set(id, this.queues.get(id) ?? []);
    for (const other of this.agents.keys()) {
      this.deliver(other, {
        event_name: "discovery.notification.agent_connected",
        source_id: "mod:openagents.mods.discovery.agent_discovery",
        destination_id: "broadcast",
        payload: { agent_id: id, agent_group: "guest", capabilities: {} },
      });
    }
    answer(response, 200, {
      success: true,
      network_name: "Unknown Network",
      secret,
      assigned_group: "guest",
    });
  }

  async #poll(agentId: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
    const ack = query.get("ack");
    if (ack !== null && this.has("ack_poll")) {
      const kept = (this.queues.get(agentId) ?? []).filter((event) => Number(event.ack) > Number(ack));
      this.queues.set(agentId, kept);
    }
    if (query.has("wait") && this.has("long_poll") && (this.queues.get(agentId) ?? []).length === 0) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        response.on("close", resolve);
      });
    }
    const queue = this.queues.get(agentId) ?? [];
    const taken = queue.slice(0, Number(query.get("limit") ?? queue.length));
    if (ack === null) {
      this.queues.set(agentId, queue.slice(taken.length));
    }
    const messages = taken.map(({ ack: _, ...event }) => event);
    const next = taken.at(-1)?.ack ?? ack;
    answer(response, 200, {
      success: true,
      messages,
      agent_id: agentId,
      ...(ack === null ? {} : { next_ack: String(next) }),
    });
  }

  async #send(event: Wire): Promise<object> {
    const { event_name: name, source_id: source, event_id: id } = event;
    const payload = bodyOf(event.payload);
    await this.beforeAnswer?.(event);
    const ok = (message: string, data: object | null = null): object => ({
      success: true,
      message,
      event_id: id,
      data,
      event_name: name,
    });
    const others = [...this.agents.keys()].filter((agent) => agent !== source);
    const relay = (to: readonly string[], event_name: string, added: object): object => {
      for (const agent of to) {
        this.deliver(agent, { event_name, source_id: source, payload: { ...payload, ...added } });
      }
      return ok(`event ${name} processed successfully`, { event_name: name, event_id: id });
    };
    switch (name) {
      case "thread.channel_message.post":
        return relay(others, "thread.channel_message.notification", { original_event_id: id });
      case "thread.reply.post":
        return relay(others, "thread.reply.notification", {
          original_message_id: payload.reply_to_id,
          reply_event_id: id,
        });
      case "thread.direct_message.send":
        return relay(
          [String(event.target_agent_id)].filter((agent) => this.agents.has(agent)),
          "thread.direct_message.notification",
          { sender_id: source },
        );
      case "system.list_agents":
        return ok("Agent list retrieved successfully", {
          type: "system_response",
          agents: [...this.agents].map(([agent_id, { metadata }]) => ({
            agent_id,
            name: bodyOf(metadata).name ?? agent_id,
            connected: true,
            metadata,
          })),
        });
      case "system.subscribe_events":
        return ok("Successfully subscribed", {
          subscription_id: `sub${this.requests.length}`,
          event_patterns: payload.event_patterns,
        });
      case "thread.channels.list":
        return ok("", { success: true, channels: [{ name: "general" }] });
      case "system.list_channels":
        return ok("", { channels: ["general", "made"] });
      default:
        break;
    }
    const destination = readDestination(String(event.target_agent_id));
    const to = destination.kind === "agent" ? [destination.id] : destination.kind === "nobody" ? [] : others;
    for (const agent of to.filter((each) => this.agents.has(each))) {
      // As the real one: with the sender's secret.
      this.deliver(agent, { ...event, destination_id: event.target_agent_id, source_agent_group: "guest" });
    }
    return ok(`Event ${name} delivered to destination`);
  }

  /** The bodies of events of one name that were sent. */
  sent(name: string): readonly Body[] {
    return this.requests
      .filter(({ path, body }) => path === "/api/send_event" && body.event_name === name)
      .map(({ body }) => body);
  }

  polls(): number {
    return this.requests.filter(({ path }) => path === "/api/poll").length;
  }

  /** Resolves after so many more polls: whatever was in a queue before has been fetched. */
  async polled(more = 2): Promise<void> {
    const count = this.polls() + more;
    await waitUntil(() => this.polls() >= count);
  }
}

export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

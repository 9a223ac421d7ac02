// A core on real sockets, agents that register with it, and calls of the dialect.
import { randomUUID } from "node:crypto";
import { type Client, createClient, type ServiceImpl } from "@connectrpc/connect";
import { readSse } from "@x/core";
import { createGrpcTransport, type GrpcTransport } from "@x/core/rpc/client";
import { waitUntil } from "@x/core/testing";
import { type LocalBindu, type LocalBinduOptions, startCore } from "../../src/local/index.ts";
import { type AgentHandler, BinduService, type RegisterAgentResponse } from "../../src/proto.ts";
import { startAgent, type TestAgent } from "../agent-server.ts";

export interface TestCore extends AsyncDisposable {
  readonly core: LocalBindu;
  readonly service: Client<typeof BinduService>;
  /** Registers a configuration with a callback address; whatever comes of it. */
  register(config: object, callback?: string, skills?: readonly object[]): Promise<RegisterAgentResponse>;
  /** Starts an agent and registers it on a free port. */
  agent(
    handlers: Partial<ServiceImpl<typeof AgentHandler>>,
    config?: object,
    server?: Parameters<typeof startAgent>[1],
  ): Promise<ServedAgent>;
}

export interface ServedAgent extends Agent {
  readonly process: TestAgent;
  readonly agentId: string;
  readonly did: string;
}

export async function startTestCore(options: LocalBinduOptions = {}): Promise<TestCore> {
  const core = await startCore({ metricsAddr: "off", ...options });
  const link = connectCore(core.addr);
  const agents: TestAgent[] = [];
  const register: TestCore["register"] = (config, callback = "localhost:1", skills = []) =>
    link.service.registerAgent({
      configJson: JSON.stringify(config),
      grpcCallbackAddress: callback,
      skills: [...skills],
    });
  return {
    core,
    service: link.service,
    register,
    async agent(handlers, config = {}, server = {}) {
      const process = await startAgent(handlers, server);
      agents.push(process);
      const reply = await register(configOf(config), process.address);
      if (!reply.success) {
        throw new Error(reply.error);
      }
      return Object.assign(new Agent(reply.agentUrl), {
        process,
        agentId: reply.agentId,
        did: reply.did,
      });
    },
    async [Symbol.asyncDispose]() {
      await link.transport.close();
      await core.close();
      await Promise.all(agents.map((agent) => agent[Symbol.asyncDispose]()));
    },
  };
}

export function connectCore(addr: string): {
  readonly service: Client<typeof BinduService>;
  readonly transport: GrpcTransport;
} {
  const transport = createGrpcTransport({ baseUrl: `http://${addr}` });
  return { transport, service: createClient(BinduService, transport) };
}

let names = 0;

export function configOf(more: object = {}): Record<string, unknown> {
  names += 1;
  return {
    author: "a@b.c",
    name: `agent-${names}`,
    deployment: { url: "http://127.0.0.1:0", expose: true },
    capabilities: { streaming: true, push_notifications: true },
    ...more,
  };
}

interface Said {
  readonly taskId?: string;
  readonly contextId?: string;
  readonly configuration?: object;
  readonly message?: object;
  readonly signal?: AbortSignal;
}

export interface TaskJson {
  readonly id: string;
  readonly context_id: string;
  readonly status: { readonly state: string; readonly timestamp: string };
  readonly history: readonly {
    readonly role: string;
    readonly message_id: string;
    readonly parts: readonly {
      readonly kind: string;
      readonly text?: string;
      readonly data?: unknown;
      readonly metadata?: Readonly<Record<string, unknown>>;
    }[];
  }[];
  readonly artifacts?: readonly {
    readonly artifact_id: string;
    readonly name: string;
    readonly parts: TaskJson["history"][number]["parts"];
  }[];
}

export interface RpcAnswer {
  readonly status: number;
  readonly result: unknown;
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } | undefined;
  readonly id: unknown;
}

/** What callers do with an agent. */
export class Agent {
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }

  async post(body: string, signal?: AbortSignal): Promise<RpcAnswer> {
    const answer = await fetch(this.url, { method: "POST", body, ...(signal ? { signal } : {}) });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    // Every body is valid UTF-8.
    const said = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return { status: answer.status, result: said.result, error: said.error, id: said.id };
  }

  rpc(method: string, params: object, signal?: AbortSignal): Promise<RpcAnswer> {
    return this.post(JSON.stringify({ jsonrpc: "2.0", id: randomUUID(), method, params }), signal);
  }

  async ok<Result = TaskJson>(method: string, params: object): Promise<Result> {
    const { result, error } = await this.rpc(method, params);
    if (error !== undefined) {
      throw new Error(JSON.stringify(error));
    }
    return result as Result;
  }

  saying(text: string, more: Said = {}): object {
    const { taskId = randomUUID(), contextId = randomUUID() } = more;
    return {
      message: {
        role: "user",
        kind: "message",
        messageId: randomUUID(),
        contextId,
        taskId,
        parts: [{ kind: "text", text }],
        ...more.message,
      },
      configuration: { acceptedOutputModes: ["text/plain"], ...more.configuration },
    };
  }

  send(text: string, more: Said = {}): Promise<TaskJson> {
    return this.ok("message/send", this.saying(text, more));
  }

  /** Sends, and answers the task when its turn is over. */
  ask(text: string, more: Said = {}): Promise<TaskJson> {
    return this.send(text, { ...more, configuration: { blocking: true, ...more.configuration } });
  }

  get(taskId: string, historyLength?: number): Promise<TaskJson> {
    return this.ok("tasks/get", { taskId, ...(historyLength === undefined ? {} : { historyLength }) });
  }

  /** Of the DID document. */
  async publicKey(): Promise<string> {
    const card = await fetch(`${this.url}/.well-known/agent.json`);
    const { capabilities } = JSON.parse(await card.text());
    const document = await fetch(`${this.url}/did/resolve?did=${capabilities.extensions[0].uri}`);
    return JSON.parse(await document.text()).authentication[0].publicKeyBase58;
  }

  async state(taskId: string): Promise<string> {
    return (await this.get(taskId)).status.state;
  }

  async until(taskId: string, state: string): Promise<TaskJson> {
    let task = await this.get(taskId);
    await waitUntil(async () => {
      task = await this.get(taskId);
      return task.status.state === state;
    });
    return task;
  }

  /** The events of a stream until it ends. */
  async stream(text: string, more: Said = {}): Promise<readonly EventJson[]> {
    const answer = await fetch(this.url, {
      method: "POST",
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: randomUUID(),
        method: "message/stream",
        params: this.saying(text, more),
      }),
    });
    if (answer.body === null || answer.headers.get("content-type") !== "text/event-stream; charset=utf-8") {
      throw new Error(await answer.text());
    }
    const events: EventJson[] = [];
    for await (const { data } of readSse(answer.body)) {
      events.push(JSON.parse(data));
    }
    return events;
  }
}

export interface EventJson {
  readonly kind: string;
  readonly status?: { readonly state: string };
  readonly final?: boolean;
  readonly error?: string;
  readonly artifact?: NonNullable<TaskJson["artifacts"]>[number];
  readonly append?: boolean;
  readonly last_chunk?: boolean;
}

/** The text of the newest message. */
export const lastText = (task: TaskJson): string | undefined => task.history.at(-1)?.parts[0]?.text;

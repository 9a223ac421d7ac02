// A hosted workspace as small as it can be: sessions, a log that is read by cursor, channels, files; ids and times are its own.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { waitUntil } from "@x/core/testing";
import { AgentClient, type AgentClientOptions, type ConnectOptions } from "../../src/index.ts";
import { type Body, bodyOf } from "../../src/wire/body.ts";
import { answer } from "./network.ts";

interface LogEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly payload: Body;
  readonly metadata: Body;
  readonly timestamp: number;
  readonly visibility: string;
}

export const token = "workspace-token";

export class TestWorkspace implements AsyncDisposable {
  readonly log: LogEvent[] = [];
  readonly sessions = new Map<string, string>();
  readonly channels = new Map<string, { title: string; participants: string[] }>();
  readonly files = new Map<string, { filename: string; content: string; type: string; by: string }>();
  readonly requests: { line: string; path: string; body: Body; query: URLSearchParams }[] = [];
  /** Whether the stream pushes; else it ends at once, as it does without a broker. */
  readonly #pushes: boolean;
  readonly #streams = new Set<ServerResponse>();
  readonly #clients: AgentClient[] = [];
  #server: Server | undefined;
  #ids = 0;
  nowMs = 1_795_223_527_000;
  port = 0;
  intercept: ((request: { path: string; body: Body }, response: ServerResponse) => boolean) | undefined;
  beforeAnswer: ((event: LogEvent) => Promise<void> | void) | undefined;

  constructor(pushes: boolean) {
    this.#pushes = pushes;
  }

  static async start({ pushes = false }: { readonly pushes?: boolean } = {}): Promise<TestWorkspace> {
    const workspace = new TestWorkspace(pushes);
    const server = createServer((request, response) => void workspace.#serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    workspace.port = (server.address() as AddressInfo).port;
    workspace.#server = server;
    return workspace;
  }

  async join(
    agentId: string,
    connect: Omit<ConnectOptions, "host" | "port"> = {},
    options: AgentClientOptions = {},
  ): Promise<AgentClient> {
    const client = new AgentClient({ ...options, agentId });
    this.#clients.push(client);
    await client.connectToServer("127.0.0.1", this.port, {
      token,
      pollIntervalMs: 10,
      throwOnError: true,
      ...connect,
    });
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.disconnect()));
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()));
  }

  /** Appends an event, or puts it before others of its time. */
  /** Breaks the streams that stand. */
  cut(): void {
    for (const stream of this.#streams) {
      stream.destroy();
    }
  }

  append(event: Partial<LogEvent>): LogEvent {
    this.#ids += 1;
    const whole: LogEvent = {
      id: `log-${String(this.#ids).padStart(4, "0")}`,
      type: "workspace.message.posted",
      source: "openagents:ann",
      target: "channel/general",
      payload: {},
      metadata: { session_id: "somebody's" },
      timestamp: this.nowMs + this.#ids * 10,
      visibility: "channel",
      ...event,
    };
    this.log.push(whole);
    this.log.sort((a, b) => a.timestamp - b.timestamp || (a.id < b.id ? -1 : 1));
    for (const stream of this.#streams) {
      stream.write(`id: ${whole.id}\ndata: ${JSON.stringify(whole)}\n\n`);
    }
    return whole;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const text = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? "/", "http://workspace");
    const body: Body = text === "" ? {} : JSON.parse(text);
    const path = url.pathname;
    this.requests.push({ line: `${request.method} ${path}`, path, body, query: url.searchParams });
    if (this.intercept?.({ path, body }, response)) {
      return;
    }
    const ok = (data: object): void => answer(response, 200, { code: 0, message: "ok", data });
    const refuse = (code: number, message: string): void =>
      answer(response, code, { code, message, data: null });
    const given = request.headers["x-workspace-token"] ?? url.searchParams.get("token") ?? body.token;
    if (path === "/.well-known/openagents.json") {
      answer(response, 200, {
        onm_version: "1.0",
        transports: [{ type: "http", url: "http://0.0.0.0:8000/v1" }],
      });
      return;
    }
    if (given !== token) {
      refuse(
        path === "/v1/join" ? 404 : 401,
        path === "/v1/join" ? "Network not found" : "Invalid workspace credentials",
      );
      return;
    }
    const revoked = (name: unknown, session: unknown): boolean =>
      session !== undefined && this.sessions.get(String(name)) !== session;
    const superseded = "session_revoked: another client is now running as this agent";
    switch (`${request.method} ${path.replace(/^\/v1\/files\/(?!base64)[^/]+/, "/v1/files/{id}")}`) {
      case "POST /v1/token/resolve":
        ok({ workspace_id: "ws-1", slug: "abc", name: "WS" });
        return;
      case "POST /v1/join": {
        const session = `session-${this.requests.length}`;
        this.sessions.set(String(body.agent_name), session);
        this.append({
          type: "network.agent.join",
          source: `openagents:${body.agent_name}`,
          target: "core",
          payload: { agent_name: body.agent_name, agent_type: body.agent_type },
          metadata: { role: "member", session_id: session },
        });
        ok({
          network_id: "ws-1",
          agent_name: body.agent_name,
          role: "member",
          status: "online",
          session_id: session,
        });
        return;
      }
      case "POST /v1/heartbeat":
        if (revoked(body.agent_name, body.session_id)) {
          refuse(401, superseded);
        } else {
          ok({ agent_name: body.agent_name, status: "online" });
        }
        return;
      case "POST /v1/leave":
        ok({ agent_name: body.agent_name, status: "offline" });
        return;
      case "GET /v1/discover":
        ok({
          agents: [
            { address: "openagents:gone", status: "offline", role: "member" },
            ...[...this.sessions.keys()].map((name) => ({
              address: `openagents:${name}`,
              status: "online",
              role: "member",
            })),
          ],
          channels: [...this.channels].map(([name, channel]) => ({ address: `channel/${name}`, ...channel })),
          mods: ["messaging"],
          resources: [],
        });
        return;
      case "POST /v1/events":
        await this.#post(body, response, revoked, superseded);
        return;
      case "GET /v1/events":
        ok(this.#page(url.searchParams));
        return;
      case "GET /v1/events/stream":
        response.writeHead(200, { "content-type": "text/event-stream" });
        if (this.#pushes) {
          response.write(": open\n\n");
          this.#streams.add(response);
          response.on("close", () => this.#streams.delete(response));
        } else {
          response.end();
        }
        return;
      case "POST /v1/files/base64": {
        const id = `file-${this.files.size + 1}`;
        const { filename, content_base64, content_type, source } = body;
        this.files.set(id, {
          filename: String(filename),
          content: String(content_base64),
          type: String(content_type),
          by: String(source),
        });
        this.append({
          type: "workspace.file.uploaded",
          source: String(source),
          payload: { file_id: id, filename },
        });
        ok({ id, filename: `uploaded_files/x_${filename}`, content_type, size: 5, uploaded_by: source });
        return;
      }
      case "GET /v1/files":
        ok({
          files: [...this.files].map(([id, file]) => ({
            id,
            filename: file.filename,
            content_type: file.type,
            size: 5,
            uploaded_by: file.by,
            channel_name: "general",
          })),
          total: this.files.size,
        });
        return;
      case "GET /v1/files/{id}":
      case "GET /v1/files/{id}/info": {
        const file = this.files.get(path.split("/")[3] ?? "");
        if (file === undefined) {
          refuse(404, "File not found");
        } else if (path.endsWith("/info")) {
          ok({ filename: file.filename, content_type: file.type });
        } else {
          response.writeHead(200, { "content-type": file.type }).end(Buffer.from(file.content, "base64"));
        }
        return;
      }
      default:
        answer(response, 404, { detail: "Not Found" });
    }
  }

  async #post(
    body: Body,
    response: ServerResponse,
    revoked: (name: unknown, session: unknown) => boolean,
    superseded: string,
  ): Promise<void> {
    const { type, source, target, visibility } = body;
    const metadata = bodyOf(body.metadata);
    const payload = bodyOf(body.payload);
    if (revoked(String(source).replace("openagents:", ""), metadata.session_id)) {
      answer(response, 401, { code: 401, message: superseded, data: null });
      return;
    }
    let at = String(target);
    if (type === "network.channel.create") {
      const name = String(payload.name);
      if (this.channels.has(name)) {
        response.writeHead(500, { "content-type": "text/plain" }).end("Internal Server Error");
        return;
      }
      this.channels.set(name, {
        title: String(payload.title),
        participants: payload.participants as string[],
      });
      at = `channel/${name}`;
    } else if (type === "network.channel.join") {
      this.channels.get(String(payload.channel))?.participants.push(String(payload.agent_name));
    }
    const event = this.append({
      type: String(type),
      source: String(source),
      target: at,
      payload,
      metadata,
      visibility: String(visibility ?? "channel"),
    });
    await this.beforeAnswer?.(event);
    answer(response, 200, { code: 0, message: "ok", data: event });
  }

  #page(query: URLSearchParams): object {
    const limit = Number(query.get("limit") ?? 50);
    const channel = query.get("channel");
    const type = query.get("type");
    const found = this.log
      .filter((event) => channel === null || event.target === `channel/${channel}`)
      .filter((event) => type === null || event.type.startsWith(type));
    const sorted = query.get("sort") === "desc" ? found.toReversed() : found;
    // An id that it does not know is ignored: the log begins anew.
    const at = sorted.findIndex(({ id }) => id === query.get("after"));
    const rest = sorted.slice(at + 1);
    const events = rest.slice(0, limit);
    return { events, has_more: rest.length > limit, oldest_id: null, newest_id: null };
  }

  asked(line: string): readonly { body: Body; query: URLSearchParams }[] {
    return this.requests.filter((request) => request.line === line);
  }

  /** Resolves when so many clients have begun to read behind their cursors. */
  async followed(clients: number): Promise<void> {
    const reads = (): number =>
      this.asked("GET /v1/events").filter(({ query }) => query.get("sort") === "asc").length;
    await waitUntil(() => reads() >= clients);
  }

  /** Resolves after so many more reads of the log. */
  async read(more = 2): Promise<void> {
    const reads = (): number => this.asked("GET /v1/events").length;
    const count = reads() + more;
    await waitUntil(() => reads() >= count, { withinMs: 15_000 });
  }
}

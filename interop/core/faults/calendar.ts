// Owners and agents of an AgentDraft server, by plain requests: what is sent is what the attack says, and no client mends it.
import { request as httpRequest } from "node:http";
import { connect } from "node:net";

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: Json;
}

/** What an answer holds, looked at without care: a field that is missing is `undefined`. */
// biome-ignore lint/suspicious/noExplicitAny: answers of attacks have any shape
export type Json = any;

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export function send(
  port: number,
  method: string,
  path: string,
  { headers = {}, body }: Sent = {},
): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const own =
    text === undefined
      ? {}
      : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: "127.0.0.1", port, method, path, headers: { ...own, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const answer = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, text: answer, json: parsed(answer) });
        });
      },
    );
    sent.setTimeout(30_000, () => sent.destroy(new Error(`${method} ${path} was not answered`)));
    sent.on("error", reject);
    sent.end(text);
  });
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Bytes as they are; answers what came back until the server ended the connection, or the time was over. */
export function sendRaw(port: number, bytes: string, withinMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    let text = "";
    const timer = setTimeout(() => socket.destroy(), withinMs);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(text);
    });
    socket.write(bytes, "latin1");
  });
}

type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

export interface Agent {
  readonly id: string;
  readonly key: string;
  /** The answer to its making. */
  readonly made: Json;
  readonly call: Call;
}

export interface Owner {
  readonly userId: string;
  readonly cookie: string;
  readonly call: Call;
  agent(options?: object): Promise<Agent>;
}

const everyScope = [
  "availability:read",
  "bookings:write",
  "approvals:request",
  "mailbox:read",
  "mailbox:send",
  "audit:read",
];

/** Signs in to a server that runs with --dev. */
export async function signIn(port: number, email: string): Promise<Owner> {
  const link = await send(port, "POST", "/v1/auth/magic-link", { body: { email } });
  let cookie = "";
  const userId = await new Promise<string>((resolve, reject) => {
    const body = JSON.stringify({ token: link.json.dev_token });
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = httpRequest(
      { host: "127.0.0.1", port, method: "POST", path: "/v1/auth/verify", headers },
      (response) => {
        cookie = response.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => resolve(parsed(text).user_id));
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
  const call: Call = (method, path, body, headers = {}) =>
    send(port, method, path, { body, headers: { cookie, ...headers } });
  return {
    userId,
    cookie,
    call,
    async agent(options = {}): Promise<Agent> {
      const { json: made } = await call("POST", "/v1/dashboard/agents", {
        name: "agent",
        scopes: everyScope,
        priority: 10,
        ...options,
      });
      const key: string = made.plaintext_key;
      return {
        id: made.agent_id,
        key,
        made,
        call: (method, path, body, headers = {}) =>
          send(port, method, path, { body, headers: { authorization: `Bearer ${key}`, ...headers } }),
      };
    },
  };
}

const slotMs = 300_000;

/** Half an hour, so many hours from now. */
export function slot(hours: number, minutes = 30): { readonly start: string; readonly end: string } {
  const start = Math.ceil(Date.now() / slotMs) * slotMs + hours * 3_600_000;
  return { start: new Date(start).toISOString(), end: new Date(start + minutes * 60_000).toISOString() };
}

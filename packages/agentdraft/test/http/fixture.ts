// A server, an owner and agents over raw HTTP, for one test.
import type { Log } from "@x/core/service";
import {
  type LocalAgentDraft,
  type LocalAgentDraftOptions,
  startLocalAgentDraft,
} from "../../src/local/index.ts";

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

export interface Caller {
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export interface TestAgent extends Caller {
  readonly agentId: string;
  readonly key: string;
  readonly created: Record<string, unknown>;
  commit(start: string, end: string, more?: object, headers?: Record<string, string>): Promise<Answer>;
  hold(start: string, end: string, more?: object): Promise<Answer>;
}

export interface Owner extends Caller {
  readonly userId: string;
  readonly cookie: string;
  agent(priority?: number, more?: object): Promise<TestAgent>;
}

/** A server that somebody runs, and those who call it. */
export interface Visited {
  readonly url: string;
  readonly anyone: Caller;
  /** A caller with an API key. */
  withKey(key: string): Caller;
  signIn(email?: string): Promise<Owner>;
}

export interface Draft extends Visited, AsyncDisposable {
  readonly server: LocalAgentDraft;
}

export const allScopes: readonly string[] = [
  "availability:read",
  "bookings:write",
  "approvals:request",
  "mailbox:read",
  "mailbox:send",
  "audit:read",
];

/** A time of a day about a month from now, in UTC. */
export function at(time: string, day = 30): string {
  const date = new Date(Date.now() + day * 86_400_000).toISOString().slice(0, 10);
  return `${date}T${time}:00+00:00`;
}

export async function startDraft(options: LocalAgentDraftOptions = {}): Promise<Draft> {
  // Without dev the link is only in the log, where an operator reads it.
  let linked = "";
  const note = (entry: unknown): void => {
    if (typeof entry === "object" && entry !== null && "signIn" in entry) {
      linked = String(entry.signIn).split("#")[1] ?? "";
    }
  };
  const log: Log = { error: note, warn: note, info: note, debug: note };
  const server = await startLocalAgentDraft({ dev: true, arbitrationMs: 0, log, ...options });
  return { server, ...visit(server.url, () => linked), [Symbol.asyncDispose]: () => server.close() };
}

/** @param linked the token of the newest sign-in link, for a server that does not tell it */
export function visit(url: string, linked: () => string = () => ""): Visited {
  const caller = (own: Record<string, string>): Caller => {
    const send: Caller["send"] = async (method, path, body, headers = {}) => {
      const sent = body === undefined ? {} : { "content-type": "application/json" };
      const answer = await fetch(url + path, {
        method,
        headers: { ...own, ...sent, ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
        redirect: "manual",
      });
      const text = await answer.text();
      const json = answer.headers.get("content-type")?.includes("json") ?? false;
      return { status: answer.status, headers: answer.headers, body: json ? JSON.parse(text) : {}, text };
    };
    return {
      send,
      get: (path) => send("GET", path),
      post: (path, body, headers) => send("POST", path, body, headers),
    };
  };
  const anyone = caller({});
  const withKey = (key: string): Caller => caller({ authorization: `Bearer ${key}` });

  const addAgent = async (owner: Caller, priority = 1, more: object = {}): Promise<TestAgent> => {
    const { status, body } = await owner.post("/v1/dashboard/agents", {
      name: `agent ${priority}`,
      scopes: allScopes,
      priority,
      ...more,
    });
    if (status !== 201) {
      throw new Error(`no agent: ${JSON.stringify(body)}`);
    }
    const key = String(body.plaintext_key);
    const own = withKey(key);
    const book =
      (mode: string): TestAgent["commit"] =>
      (start, end, fields, headers) =>
        own.post("/v1/bookings", { start, end, mode, ...fields }, headers);
    return {
      ...own,
      agentId: String(body.agent_id),
      key,
      created: body,
      commit: book("commit"),
      hold: book("hold"),
    };
  };

  return {
    url,
    anyone,
    withKey,
    async signIn(email = "owner@example.com"): Promise<Owner> {
      const link = await anyone.post("/v1/auth/magic-link", { email });
      const session = await anyone.post("/v1/auth/verify", {
        token: link.body.dev_token ?? linked(),
      });
      const cookie = session.headers.get("set-cookie")?.split(";")[0] ?? "";
      const owner = caller({ cookie });
      return {
        ...owner,
        userId: String(session.body.user_id),
        cookie,
        agent: (priority, more) => addAgent(owner, priority, more),
      };
    },
  };
}

/** Four agents of one calendar, with the ranks 1, 2, 2 and 5. */
export async function startTeam(options: LocalAgentDraftOptions = {}): Promise<
  Draft & {
    readonly owner: Owner;
    readonly a: TestAgent;
    readonly b: TestAgent;
    readonly b2: TestAgent;
    readonly c: TestAgent;
  }
> {
  const draft = await startDraft(options);
  const owner = await draft.signIn();
  return {
    ...draft,
    owner,
    a: await owner.agent(1),
    b: await owner.agent(2),
    b2: await owner.agent(2),
    c: await owner.agent(5),
  };
}

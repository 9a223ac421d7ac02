// Keys, sessions and the shape of every answer, over real sockets.
import { request } from "node:http";
import { expect, test } from "vitest";
import { at, startDraft, startTeam } from "./fixture.ts";

test("AD-1 AD-2 a call without a key and one with a wrong key are 401", async () => {
  await using draft = await startDraft();
  const missing = await draft.anyone.get("/v1/agents/me");
  expect([missing.status, missing.body.error]).toEqual([401, "missing_api_key"]);
  const wrong = await draft.withKey(`avs_live_${"x".repeat(32)}`).get("/v1/agents/me");
  expect([wrong.status, wrong.body.error]).toEqual([401, "invalid_api_key"]);
  expect(wrong.body.detail).not.toBe("");
});

test("AD-3 a revoked, a replaced and an expired key are 401 from the next request on", async () => {
  await using team = await startTeam();
  const { owner, a, b, c } = team;
  const revoked = await owner.send("DELETE", `/v1/dashboard/agents/${a.agentId}`);
  expect([revoked.status, revoked.body]).toEqual([200, { agent_id: a.agentId, status: "REVOKED" }]);
  const refused = await a.get("/v1/agents/me");
  expect([refused.status, refused.body.error]).toEqual([401, "revoked_api_key"]);
  const rotated = await owner.post(`/v1/dashboard/agents/${b.agentId}/rotate-key`, {});
  expect((await b.get("/v1/agents/me")).body.error).toBe("revoked_api_key");
  expect((await team.withKey(String(rotated.body.plaintext_key)).get("/v1/agents/me")).status).toBe(200);
  await owner.send("PATCH", `/v1/dashboard/agents/${c.agentId}`, {
    key_expires_at: new Date(Date.now() - 1_000).toISOString(),
  });
  const expired = await c.get("/v1/agents/me");
  expect([expired.status, expired.body.error]).toEqual([401, "expired_api_key"]);
});

test("AD-4 a key without the scope is 403 and names it, before the body is looked at", async () => {
  await using draft = await startDraft();
  const owner = await draft.signIn();
  const reader = await owner.agent(1, { scopes: ["availability:read"] });
  const answer = await reader.post("/v1/bookings", "no JSON");
  expect([answer.status, answer.body.error, answer.body.required_scope]).toEqual([
    403,
    "insufficient_scope",
    "bookings:write",
  ]);
});

test("AD-5 an unknown route is a 404 object, a trailing slash too; a wrong method is 405 with Allow", async () => {
  await using team = await startTeam();
  for (const path of ["/v1/nothing", "/v1/agents/me/", "/v1/bookings/"]) {
    const answer = await team.a.get(path);
    expect([path, answer.status, answer.body.error]).toEqual([path, 404, "not_found"]);
  }
  const wrong = await team.a.send("PUT", "/v1/bookings", {});
  expect([wrong.status, wrong.body.error, wrong.headers.get("allow")]).toEqual([
    405,
    "method_not_allowed",
    "POST, GET, HEAD",
  ]);
});

test("AD-6 malformed JSON or an array as body is 400", async () => {
  await using team = await startTeam();
  for (const body of [`{"start":`, "[]", `"text"`, "null", ""]) {
    const answer = await team.a.post("/v1/bookings", body);
    expect([body, answer.status, answer.body.error]).toEqual([body, 400, "invalid_request"]);
  }
});

test("AD-7 every answer has X-Request-Id, and errors repeat it", async () => {
  await using team = await startTeam();
  const answers = await Promise.all([
    team.a.get("/v1/agents/me"),
    team.a.commit(at("10:00"), at("10:30")),
    team.anyone.get("/v1/agents/me"),
    team.a.get("/v1/nowhere"),
    team.a.post("/v1/bookings", {}),
    team.owner.get("/v1/dashboard/nothing"),
  ]);
  const ids = answers.map(({ headers }) => headers.get("x-request-id"));
  expect(new Set(ids).size).toBe(answers.length);
  answers.forEach(({ status, body }, index) => {
    expect(ids[index]).toMatch(/^req_[0-9A-Z]{26}$/);
    if (status >= 400) {
      expect(body).toMatchObject({
        request_id: ids[index],
        error: expect.any(String),
        detail: expect.any(String),
      });
    }
  });
});

test("AD-9 me() tells rank, scopes and the owner's zone", async () => {
  await using team = await startTeam();
  const me = await team.b.get("/v1/agents/me");
  expect(me.body).toMatchObject({
    agent_id: team.b.agentId,
    user_id: team.owner.userId,
    priority: 2,
    timezone: "UTC",
    scopes: expect.arrayContaining(["bookings:write"]),
    mailbox_address: expect.stringMatching(/^agent-2-[a-z2-7]{6}@agents\.localhost$/),
  });
  await team.owner.send("PUT", "/v1/dashboard/rules", { timezone: "Europe/Berlin" });
  expect((await team.b.get("/v1/agents/me")).body.timezone).toBe("Europe/Berlin");
});

test("AD-93 agent keys cannot reach the dashboard, and a session is no agent", async () => {
  await using team = await startTeam();
  for (const [method, path] of [
    ["GET", "/v1/dashboard/agents"],
    ["POST", "/v1/dashboard/approvals/apr_x/resolve"],
    ["PUT", "/v1/dashboard/rules"],
    ["POST", "/v1/dashboard/agents"],
  ] as const) {
    const answer = await team.a.send(method, path, method === "GET" ? undefined : {});
    expect([path, answer.status, answer.body.error]).toEqual([path, 401, "no_session"]);
  }
  expect((await team.owner.get("/v1/agents/me")).body.error).toBe("missing_api_key");
});

test("AD-5.3-1 a state-changing dashboard call from another origin or without a JSON type is refused", async () => {
  await using team = await startTeam();
  const foreign = await team.owner.send("PUT", "/v1/dashboard/rules", {}, { origin: "https://evil.example" });
  expect(foreign.status).toBe(403);
  const form = await team.owner.send("PUT", "/v1/dashboard/rules", "{}", { "content-type": "text/plain" });
  expect(form.status).toBe(400);
  const own = await team.owner.send("PUT", "/v1/dashboard/rules", {}, { origin: team.url });
  expect(own.status).toBe(200);
});

test("AD-10-1 a token from a link signs in once; the cookie has no Domain and no Secure", async () => {
  await using draft = await startDraft();
  const link = await draft.anyone.post("/v1/auth/magic-link", { email: "a@example.com" });
  expect(link.body).toMatchObject({ sent: true, expires_at: expect.stringMatching(/\+00:00$/) });
  const session = await draft.anyone.post("/v1/auth/verify", { token: link.body.dev_token });
  expect(session.body).toMatchObject({
    email: "a@example.com",
    workspace_id: expect.stringMatching(/^wsp_/),
  });
  expect(session.headers.get("set-cookie")).toMatch(
    /^ad_session=[\w-]+; Path=\/; HttpOnly; SameSite=Lax(; Max-Age=\d+)?$/,
  );
  expect((await draft.anyone.post("/v1/auth/verify", { token: link.body.dev_token })).status).toBe(401);
  expect((await draft.anyone.post("/v1/auth/verify", { token: "unknown" })).status).toBe(401);
});

test("AD-10-3 no page of another origin signs anybody in or puts mail into a mailbox", async () => {
  await using draft = await startDraft();
  const link = await draft.anyone.post("/v1/auth/magic-link", { email: "a@example.com" });
  for (const [path, body] of [
    ["/v1/auth/magic-link", { email: "b@example.com" }],
    ["/v1/auth/verify", { token: link.body.dev_token }],
    ["/v1/dev/mailbox/bounce", { address: "b@example.com" }],
  ] as const) {
    const foreign = await draft.anyone.post(path, body, { origin: "https://evil.example" });
    expect([path, foreign.status, foreign.headers.get("set-cookie")]).toEqual([path, 403, null]);
  }
  const own = await draft.anyone.post(
    "/v1/auth/verify",
    { token: link.body.dev_token },
    { origin: draft.url },
  );
  expect(own.status).toBe(200);
});

test("AD-10-2 the same email signs in to the same calendar; logging out ends the session", async () => {
  await using draft = await startDraft();
  const first = await draft.signIn("a@example.com");
  const second = await draft.signIn("a@example.com");
  const other = await draft.signIn("b@example.com");
  expect(second.userId).toBe(first.userId);
  expect(other.userId).not.toBe(first.userId);
  expect((await first.get("/v1/dashboard/me")).body.email).toBe("a@example.com");
  const out = await first.post("/v1/auth/logout", {});
  expect([out.status, out.headers.get("set-cookie")]).toEqual([200, expect.stringContaining("Max-Age=0")]);
  expect((await first.get("/v1/dashboard/me")).status).toBe(401);
  expect((await second.get("/v1/dashboard/me")).status).toBe(200);
});

test("AD-98e dev_token and the dev routes are absent without dev", async () => {
  await using draft = await startDraft({ dev: false });
  const link = await draft.anyone.post("/v1/auth/magic-link", { email: "a@example.com" });
  expect([link.status, link.body.sent, "dev_token" in link.body]).toEqual([200, true, false]);
  expect((await draft.anyone.post("/v1/dev/mailbox/inject", {})).status).toBe(404);
});

test("AD-96 a burst over the bucket is 429 with a whole Retry-After and the seconds in the body", async () => {
  await using draft = await startDraft({ rateLimit: { perSecond: 2, burst: 3 } });
  const owner = await draft.signIn();
  const agent = await owner.agent();
  const answers = await Promise.all(Array.from({ length: 5 }, () => agent.get("/v1/agents/me")));
  const limited = answers.filter(({ status }) => status === 429);
  expect(limited.length).toBeGreaterThanOrEqual(1);
  for (const { body, headers } of limited) {
    expect(headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
    expect(headers.get("x-ratelimit-limit")).toBe("3");
    expect(body).toMatchObject({ error: "rate_limited", retry_after_seconds: expect.any(Number) });
  }
  expect((await owner.get("/v1/dashboard/agents")).headers.get("x-ratelimit-limit")).toBeNull();
});

test("AD-1.3-1 a body above 256 KiB is 413, a deeply nested one 400", async () => {
  await using team = await startTeam();
  const large = await team.a.commit(at("10:00"), at("10:30"), { title: "x".repeat(256 * 1024) });
  expect([large.status, large.body.error]).toEqual([413, "too_large"]);
  const deep = await team.a.post(
    "/v1/bookings",
    `{"metadata":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`,
  );
  expect([deep.status, deep.body.error]).toEqual([400, "invalid_request"]);
});

test("AD-16-1 the OpenAPI document lists every public route, and each has its errors", async () => {
  await using draft = await startDraft();
  const document = (await draft.anyone.get("/openapi.json")).body as {
    readonly openapi: string;
    readonly paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
  };
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(["/v1/bookings", "/v1/audit/{event_id}", "/.well-known/jwks.json"]),
  );
  for (const operations of Object.values(document.paths)) {
    for (const { responses } of Object.values(operations)) {
      expect(responses).toHaveProperty("default");
    }
  }
  const about = await draft.anyone.get("/llms.txt");
  expect(about.text).toContain("POST /v1/bookings");
});

interface Schema {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly [more: string]: unknown;
}

/** The numbers and texts within a schema that say no bounds. */
function unbounded(schema: Schema, path: string): string[] {
  const isOpen =
    (schema.type === "string" &&
      ["maxLength", "enum", "const", "pattern", "format"].every((member) => schema[member] === undefined)) ||
    ((schema.type === "integer" || schema.type === "number") &&
      (schema.minimum === undefined || schema.maximum === undefined));
  const inner = [
    ...Object.entries((schema.properties ?? {}) as Record<string, Schema>),
    ...Object.entries((schema.anyOf ?? schema.oneOf ?? []) as Schema[]),
    ...(schema.items === undefined ? [] : [["[]", schema.items as Schema] as const]),
  ];
  return [...(isOpen ? [path] : []), ...inner.flatMap(([name, each]) => unbounded(each, `${path}.${name}`))];
}

test("AD-16-bounds the OpenAPI document says the bounds of numbers and texts, and they are those that hold", async () => {
  await using team = await startTeam();
  const { paths } = (await team.anyone.get("/openapi.json")).body as {
    readonly paths: Record<
      string,
      Record<
        string,
        {
          readonly parameters?: { readonly name: string; readonly in: string; readonly schema: Schema }[];
          readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
        }
      >
    >;
  };
  const open: string[] = [];
  const counted: string[] = [];
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { parameters = [], requestBody }] of Object.entries(operations)) {
      for (const { schema } of Object.values(requestBody?.content ?? {})) {
        open.push(...unbounded(schema, `${method} ${path}`));
      }
      for (const { name, in: place, schema } of parameters) {
        open.push(...unbounded(schema, `${method} ${path}?${name}`));
        if (place !== "query" || schema.type !== "integer" || path.includes("{") || name === "wait") {
          continue;
        }
        counted.push(name);
        const range =
          path === "/v1/availability" ? `&range_start=${at("10:00")}&range_end=${at("11:00")}` : "";
        const caller = path.startsWith("/v1/dashboard") ? team.owner : team.a;
        const answer = async (value: number): Promise<unknown> => {
          const { status, body } = await caller.get(`${path}?${name}=${value}${range}`);
          return status === 400 ? body.field : status;
        };
        const { minimum = Number.NaN, maximum = Number.NaN } = schema;
        expect([path, name, await answer(minimum), await answer(maximum)]).toEqual([path, name, 200, 200]);
        expect([path, name, await answer(maximum + 1)]).toEqual([path, name, name]);
        expect([path, name, await answer(minimum - 1)]).toEqual([path, name, name]);
      }
    }
  }
  expect(counted.length).toBeGreaterThan(10);
  // Free members of an invitee: the body's own bound is theirs.
  expect(open.filter((path) => !path.includes(".invitee"))).toEqual([]);
});

test("AD-5.3-7 in development only the names of this machine are answered to", async () => {
  await using draft = await startDraft();
  const ask = (host: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(draft.url);
      const asking = request({ hostname, port, path: "/llms.txt", headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      asking.on("error", reject).end();
    });
  for (const host of ["127.0.0.1:1", "localhost", "LOCALHOST:80", "[::1]:8080", "draft.localhost:8080"]) {
    expect([host, await ask(host)]).toEqual([host, 200]);
  }
  for (const host of ["rebound.example.com", "127.0.0.1.example.com:80", "localhost.example.com"]) {
    expect([host, await ask(host)]).toEqual([host, 403]);
  }
});

test.each([5, 7, 12])("AD-98d a harness bootstraps %i agents with their ranks and keys", async (count) => {
  await using draft = await startDraft();
  const owner = await draft.signIn(`benchmark+${count}@agentdraft.io`);
  const scopes = ["availability:read", "bookings:write"];
  for (let priority = 1; priority <= count; priority++) {
    const made = await owner.post("/v1/dashboard/agents", { name: `a${priority}`, scopes, priority });
    expect(made.status).toBe(201);
    const me = await draft.withKey(String(made.body.plaintext_key)).get("/v1/agents/me");
    expect(me.body).toMatchObject({ agent_id: made.body.agent_id, user_id: owner.userId, priority, scopes });
  }
  const unknown = await owner.post("/v1/dashboard/agents", {
    name: "x",
    scopes: ["everything"],
    priority: 1,
  });
  expect([unknown.status, unknown.body.error]).toEqual([400, "invalid_request"]);
  const zero = await owner.post("/v1/dashboard/agents", { name: "x", scopes, priority: 0 });
  expect([zero.status, zero.body.field]).toEqual([400, "priority"]);
});

import { inspect } from "node:util";
import { createFakeClock, waitUntil } from "@x/core/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import {
  AgentDraft,
  AgentDraftError,
  AuthError,
  CancelledError,
  Client,
  Conflict,
  ConnectionError,
  ConsentRequired,
  InvalidRequest,
  NotFound,
  NotOwner,
  RateLimited,
  RuleViolation,
  ServiceError,
  verifyApprovalToken,
} from "../../src/index.ts";
import { packageVersion } from "../../src/version.ts";
import { answerJson, startScripted } from "./fixture.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

const slot = { start: "2030-01-07T10:00:00Z", end: "2030-01-07T10:30:00Z" };

async function errorOf(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<unknown> {
  await using scripted = await startScripted((response) => answerJson(response, status, body, headers), {
    maxRetries: 0,
  });
  return await scripted.client.bookings.commit(slot).catch((thrown: unknown) => thrown);
}

it("AD-1.3-echo a key that an answer says again is nowhere in the error, and a huge answer costs little", async () => {
  const key = "avs_live_SECRETSECRETSECRETSECRETSECRET12";
  const body = {
    error: key,
    detail: `Bearer ${key}`,
    field: key,
    request_id: key,
    winning_agent_id: key,
    echo: { authorization: `Bearer ${key}`, deep: [{ note: key }] },
  };
  for (const status of [400, 401, 403, 404, 409, 422, 429, 500]) {
    const error = await errorOf(status, body, { "x-request-id": key });
    expect(error).toBeInstanceOf(AgentDraftError);
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain("SECRETSECRET");
  }
  const lone = (await errorOf(500, { error: "x" }, { "x-request-id": key })) as AgentDraftError;
  expect(lone.requestId).not.toContain("SECRET");
  const huge = (await errorOf(409, { error: "outranked", detail: 'token="'.repeat(1_000_000) })) as Conflict;
  expect([huge.reason, huge.body.detail]).toEqual(["outranked", "[...]"]);
});

describe("AD-8 the constructor", () => {
  it("reads both environment variables, and an option wins", async () => {
    await using scripted = await startScripted((response) =>
      answerJson(response, 200, { agent_id: "agt_1", user_id: "usr_1", priority: 1 }),
    );
    vi.stubEnv("AGENTDRAFT_API_KEY", "avs_live_env");
    vi.stubEnv("AGENTDRAFT_BASE_URL", `${scripted.url}//`);
    await using client = new AgentDraft();
    expect(client.baseUrl).toBe(scripted.url);
    expect(await client.agents.me()).toMatchObject({
      agentId: "agt_1",
      priority: 1,
      scopes: [],
      timezone: "UTC",
    });
    await using explicit = new AgentDraft({ apiKey: "avs_live_own", userAgent: "mine" });
    await explicit.agents.me();
    expect(scripted.requests.map(({ headers }) => [headers.authorization, headers["user-agent"]])).toEqual([
      ["Bearer avs_live_env", `x-agentdraft/${packageVersion}`],
      ["Bearer avs_live_own", "mine"],
    ]);
    await using elsewhere = new AgentDraft({ baseUrl: "http://localhost:1" });
    expect(elsewhere.baseUrl).toBe("http://localhost:1");
  });

  it("goes to the hosted service unless told otherwise", async () => {
    vi.stubEnv("AGENTDRAFT_BASE_URL", "");
    await using client = new Client({ apiKey: "avs_live_x" });
    expect(client.baseUrl).toBe("https://api.agentdraft.io");
    expect(client).toBeInstanceOf(AgentDraft);
  });

  it("refuses a missing or foreign key", () => {
    vi.stubEnv("AGENTDRAFT_API_KEY", "");
    expect(() => new AgentDraft()).toThrow(expect.objectContaining({ code: "missing_api_key" }));
    for (const apiKey of ["sk_live_x", "avs_live_", "avs_live_a b", "avs_live_a\r\nx: y"]) {
      expect(() => new AgentDraft({ apiKey })).toThrow(AuthError);
    }
  });

  it("names its version as package.json has it", () => {
    expect(packageVersion).toBe(manifest.version);
  });
});

describe("AD-1.3-errors each status has its exception", () => {
  const cases: readonly (readonly [
    number,
    Record<string, unknown>,
    abstract new (...args: never[]) => Error,
    object,
  ])[] = [
    [400, { error: "invalid_request", field: "start" }, InvalidRequest, { field: "start" }],
    [400, { error: "not_a_hold" }, InvalidRequest, { code: "not_a_hold", field: null }],
    [401, { error: "revoked_api_key" }, AuthError, { code: "revoked_api_key" }],
    [402, { error: "plan_limit" }, AgentDraftError, { code: "plan_limit" }],
    [403, { error: "insufficient_scope", required_scope: "x" }, AuthError, { body: { required_scope: "x" } }],
    [403, { error: "not_owner" }, NotOwner, { code: "not_owner" }],
    [404, { error: "not_found" }, NotFound, { code: "not_found" }],
    [405, { error: "method_not_allowed" }, AgentDraftError, { code: "method_not_allowed" }],
    [409, { error: "already_resolved" }, AgentDraftError, { code: "already_resolved" }],
    [409, { error: "hold_lost" }, AgentDraftError, { code: "hold_lost" }],
    [413, { error: "too_large" }, AgentDraftError, { code: "too_large" }],
    [422, { error: "rule_violation", rule: "daily_cap" }, RuleViolation, { rule: "daily_cap" }],
    [
      429,
      { error: "quota_exceeded", retry_after_seconds: 1.5 },
      RateLimited,
      { retryAfterSeconds: 1.5, retryAfter: 1.5 },
    ],
    [500, { error: "internal" }, AgentDraftError, { code: "internal", retryable: true }],
    [503, { error: "unavailable" }, AgentDraftError, { code: "unavailable", retryable: true }],
    [302, {}, AgentDraftError, { code: "http_302" }],
  ];
  for (const [status, body, Class, fields] of cases) {
    it(`${status} ${String(body.error ?? "without a word")}`, async () => {
      const error = await errorOf(status, { detail: "why so", request_id: "req_1", ...body });
      expect(error).toBeInstanceOf(Class);
      expect(error).toBeInstanceOf(AgentDraftError);
      expect(error).toBeInstanceOf(ServiceError);
      expect(error).toMatchObject({
        ...fields,
        status,
        requestId: "req_1",
        operation: "bookings.commit",
        message: expect.stringContaining("why so"),
      });
      expect(error instanceof Conflict).toBe(false);
    });
  }

  it("409 with and without a winner is a Conflict", async () => {
    expect(
      await errorOf(409, { error: "outranked", reason: "frozen", winning_agent_priority: 5 }),
    ).toMatchObject({
      name: "Conflict",
      reason: "frozen",
      winningAgentPriority: 5,
      winningAgentId: null,
      alternatives: [],
    });
    const bare = await errorOf(409, {});
    expect(bare).toBeInstanceOf(Conflict);
    expect(bare).toMatchObject({ reason: "outranked", winningAgentId: null, winningBookingId: null });
    expect(await errorOf(409, { error: "something_new" })).toMatchObject({ reason: "something_new" });
  });

  it("409 that asks for consent is no Conflict", async () => {
    const error = await errorOf(409, {
      error: "consent_required",
      consent_request_id: "cns_1",
      action: "booking.commit",
      hold_id: "bkg_1",
      expires_at: "2030-01-07T10:00:00+00:00",
    });
    expect(error).toBeInstanceOf(ConsentRequired);
    expect(error).not.toBeInstanceOf(Conflict);
    expect(error).toMatchObject({
      consentRequestId: "cns_1",
      action: "booking.commit",
      holdId: "bkg_1",
      expiresAt: new Date("2030-01-07T10:00:00Z"),
    });
  });

  it("takes any body: text, lists, nothing", async () => {
    expect(await errorOf(500, "<html>no</html>")).toMatchObject({ body: { raw: "<html>no</html>" } });
    expect(await errorOf(422, { detail: [{ loc: ["a"], msg: "field required" }, "more"] })).toMatchObject({
      message: expect.stringContaining("field required; more"),
      rule: null,
    });
    expect(await errorOf(404, "")).toMatchObject({ code: "not_found", body: {} });
    expect(await errorOf(400, "[1]")).toMatchObject({ body: { raw: "[1]" } });
    expect(await errorOf(429, {}, { "retry-after": "3" })).toMatchObject({ retryAfterSeconds: 3 });
  });

  it("takes a body that nests without end", async () => {
    const deep = `{"error":"internal","x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const error = await errorOf(500, deep);
    expect(error).toMatchObject({ code: "internal" });
    expect(JSON.stringify(error).length).toBeLessThan(1_000);
  });

  it("a success that is no booking is an error, not a crash", async () => {
    for (const body of ["", "[]", "null", "{}", '{"booking_id":1}', "x"]) {
      expect(await errorOf(201, body)).toMatchObject({ code: "invalid_answer" });
    }
  });
});

describe("AD-12-retries repeats", () => {
  const booked = { booking_id: "bkg_1", status: "COMMITTED" };

  it("AD-96 waits as a 429 asks, then succeeds, with the same generated key", async () => {
    const clock = createFakeClock();
    let pauses = 0;
    await using scripted = await startScripted(
      (response, index) =>
        index === 0
          ? answerJson(response, 429, { error: "rate_limited" }, { "retry-after": "2" })
          : answerJson(response, 201, booked),
      {
        clock,
        timeoutMs: 60_000,
        hooks: {
          onRetry: ({ delayMs }) => {
            pauses = delayMs;
          },
        },
      },
    );
    const call = scripted.client.bookings.commit(slot);
    await waitUntil(() => pauses > 0);
    expect(pauses).toBeGreaterThanOrEqual(2_000);
    await clock.advance(pauses);
    expect((await call).bookingId).toBe("bkg_1");
    const keys = scripted.requests.map(({ headers }) => headers["idempotency-key"]);
    expect(keys[0]).toMatch(/^ik_[0-9a-f-]{36}$/);
    expect(keys[1]).toBe(keys[0]);
  });

  it("AD-96 does not wait longer than 30 s for a 429", async () => {
    await using scripted = await startScripted(
      (response) => answerJson(response, 429, {}, { "retry-after": "31" }),
      { timeoutMs: 120_000 },
    );
    await expect(scripted.client.bookings.commit(slot)).rejects.toMatchObject({
      retryAfterSeconds: 31,
      attempts: 1,
    });
  });

  it("AD-96 never repeats 401, 409 and 422", async () => {
    for (const status of [401, 409, 422]) {
      await using scripted = await startScripted((response) => answerJson(response, status, {}));
      await expect(scripted.client.bookings.commit(slot)).rejects.toMatchObject({ attempts: 1 });
    }
  });

  it("a message is not sent twice without a key; a release and a cancellation may be", async () => {
    const clock = createFakeClock();
    await using scripted = await startScripted((response) => answerJson(response, 503, {}), { clock });
    const message = { to: "a@example.com", subject: "s", bodyText: "b" };
    await expect(scripted.client.mailbox.send(message)).rejects.toMatchObject({ attempts: 1 });
    const release = scripted.client.bookings.release("bkg_1").catch((thrown: unknown) => thrown);
    const keyed = scripted.client.mailbox
      .send({ ...message, idempotencyKey: "k" })
      .catch((thrown: unknown) => thrown);
    await waitUntil(async () => {
      await clock.advance(1_000);
      return scripted.requests.length === 7;
    });
    expect(await release).toMatchObject({ attempts: 3 });
    expect(await keyed).toMatchObject({ attempts: 3 });
  });
});

describe("AD-12-connection no answer", () => {
  it("is a ConnectionError when nobody listens, or the connection is cut", async () => {
    await using nobody = new AgentDraft({
      apiKey: "avs_live_x",
      baseUrl: "http://127.0.0.1:1",
      maxRetries: 0,
    });
    const error: unknown = await nobody.agents.me().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ code: "unavailable", message: expect.stringContaining("ECONNREFUSED") });
    await using scripted = await startScripted((response) => response.socket?.resetAndDestroy(), {
      maxRetries: 0,
    });
    await expect(scripted.client.agents.me()).rejects.toBeInstanceOf(ConnectionError);
  });

  it("is a ConnectionError when the time is over", async () => {
    const clock = createFakeClock();
    await using scripted = await startScripted(() => {}, { clock, timeoutMs: 500 });
    const call = scripted.client.agents.me().catch((thrown: unknown) => thrown);
    await waitUntil(() => scripted.requests.length === 1);
    await clock.advance(500);
    const error = await call;
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ code: "deadline_exceeded" });
  });

  it("is a CancelledError when the caller gave up", async () => {
    await using scripted = await startScripted(() => {});
    const controller = new AbortController();
    const call = scripted.client.agents.me({ signal: controller.signal }).catch((thrown: unknown) => thrown);
    await waitUntil(() => scripted.requests.length === 1);
    controller.abort();
    expect(await call).toBeInstanceOf(CancelledError);
  });

  it("paths can be replaced, and ids cannot leave their place", async () => {
    await using scripted = await startScripted(
      (response) => answerJson(response, 200, { booking_id: "b", status: "s" }),
      {
        paths: { booking: "/v2/b/{bookingId}" },
      },
    );
    await scripted.client.bookings.get("a/../b");
    expect(scripted.requests[0]?.line).toBe("GET /v2/b/a%2F..%2Fb");
    await expect(scripted.client.bookings.get("..")).rejects.toMatchObject({ code: "invalid_path_value" });
  });
});

describe("the bases of errors", () => {
  it("what the service or the network causes is an AgentDraftError; what the caller causes is core's; all are ServiceErrors", async () => {
    await using scripted = await startScripted((response) => answerJson(response, 500, {}), {
      maxRetries: 0,
    });
    const { bookings } = scripted.client;
    const thrownBy = (call: Promise<unknown>): Promise<unknown> => call.catch((thrown: unknown) => thrown);
    const service = [
      await thrownBy(bookings.get("bkg_1")),
      await thrownBy(bookings.get("bkg_1", { timeoutMs: 0.000_1 })),
      await thrownBy(verifyApprovalToken("no token")),
    ];
    const caller = [
      await thrownBy(bookings.get("bkg_1", { signal: AbortSignal.abort() })),
      await thrownBy(bookings.commit({ ...slot, idempotencyKey: "white space" })),
      await thrownBy(bookings.get("..")),
    ];
    expect(service.map((error) => error instanceof AgentDraftError)).toEqual([true, true, true]);
    expect(caller.map((error) => error instanceof AgentDraftError)).toEqual([false, false, false]);
    expect([...service, ...caller].every((error) => error instanceof ServiceError)).toBe(true);
  });
});

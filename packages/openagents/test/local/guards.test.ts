// What the real network lets happen and this one does not; and its bounds.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { startNetwork } from "./network.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const admin = { adminPassword: "pw" };
const asAdmin = { password_hash: sha256("pw") };

describe("who may", () => {
  it("OA-1 OA-17 OA-55 health, the list of agents and the heartbeat answer as official clients need them", async () => {
    await using network = await startNetwork();
    const a = await network.agent("a", { metadata: { name: "Agent A" } });
    const { status, body } = await network.call("GET", "/api/health");
    expect([status, body.success]).toEqual([200, true]);
    expect(body.data.transports).toEqual([
      { type: "http", config: { host: "127.0.0.1", port: network.server.port } },
    ]);
    expect(body.data.recommended_transport).toBe("http");
    const { data } = await a.system("list_agents");
    expect(data.agents).toEqual([
      {
        agent_id: "a",
        name: "Agent A",
        connected: true,
        metadata: { name: "Agent A", _connect_time: expect.any(Number) },
      },
    ]);
    expect((await a.system("heartbeat", { timestamp: 7 })).data).toMatchObject({
      command: "ping_agent",
      timestamp: 7,
    });
  });

  it("OA-19 a kick takes the agent out, is told in order, and keeps it away for a minute", async () => {
    await using network = await startNetwork({ ...admin, clock: "virtual" });
    const [boss, b, c] = [
      await network.agent("boss", asAdmin),
      await network.agent("b"),
      await network.agent("c"),
    ];
    await b.all();
    expect(await boss.system("kick_agent", { target_agent_id: "c" })).toMatchObject({
      message: "Successfully kicked agent 'c'",
      data: { target_agent_id: "c", kicked_by: "boss", target_group: "guest" },
    });
    const events = await b.all();
    expect(events.map(({ event_name }) => event_name)).toEqual([
      "discovery.notification.agent_disconnected",
      "system.agent_kicked",
    ]);
    expect(events[0]?.payload).toEqual({ agent_id: "c", reason: "disconnected" });
    expect(events[1]).toMatchObject({ source_id: "system", destination_id: "agent:broadcast" });
    expect((await c.send("agent.message", "b")).success).toBe(false);
    await expect(network.agent("c")).rejects.toThrow(
      "Agent c was recently kicked. Please wait 60 seconds before",
    );
    await network.server.advance(60_000);
    await network.agent("c");
  });

  it("OA-20 OA-12 nobody kicks without the secret of an admin", async () => {
    await using network = await startNetwork(admin);
    const [boss, guest] = [await network.agent("boss", asAdmin), await network.agent("guest")];
    const kick = { target_agent_id: "boss", agent_id: "boss" };
    expect((await guest.system("kick_agent", kick)).message).toBe(
      "Unauthorized: Admin privileges required to kick agents",
    );
    for (const secret of ["", "wrong", undefined]) {
      const answer = await guest.send("system.kick_agent", "system:system", kick, {
        secret,
        source_id: "boss",
      });
      expect(answer).toMatchObject({
        success: false,
        message: "Authentication failed: Invalid or missing secret",
      });
    }
    expect((await boss.system("list_agents")).data.agents).toHaveLength(2);
  });

  it("OA-5 passwords lead into groups, and are asked for where they must be", async () => {
    await using network = await startNetwork({
      groups: [{ name: "workers", password: "w" }],
      requirePassword: true,
    });
    const register = async (more: object) =>
      (await network.call("POST", "/api/register", { body: { agent_id: "x", ...more } })).body;
    expect((await register({})).error_message).toBe(
      "Registration failed: Password authentication required for network registration",
    );
    expect((await register({ password_hash: sha256("w") })).assigned_group).toBe("workers");
    expect((await register({ agent_group: "nope" })).error_message).toBe(
      "Registration failed: Invalid credentials for group 'nope'",
    );
    const asked = {
      event_name: "system.verify_password",
      source_id: "new",
      payload: { password_hash: "no" },
    };
    const { body } = await network.call("POST", "/api/send_event", { body: asked });
    expect(body).toMatchObject({ success: true, data: { valid: false } });
  });

  it("OA-16 a body of 1.1 MB is taken, one beyond the limit is not", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    expect((await a.send("agent.message", "b", { text: "x".repeat(1_100_000) })).success).toBe(true);
    expect((await b.poll())[0]?.payload.text).toHaveLength(1_100_000);
    const body = { event_name: "agent.message", source_id: "a", payload: { text: "x".repeat(8_400_000) } };
    const reply = await network.call("POST", "/api/send_event", { body });
    expect([reply.status, reply.body]).toEqual([
      413,
      { success: false, error_message: "Request Entity Too Large" },
    ]);
  });

  it("refuses names and ids that only the server has, and JSON that is too deep or too wide", async () => {
    await using network = await startNetwork();
    const a = await network.agent("a");
    for (const name of ["discovery.notification.agent_connected", "thread.reply.notification"]) {
      expect((await a.send(name, "broadcast")).message).toBe(`Event name ${name} is reserved`);
    }
    for (const name of ["agent_kicked", "queue.overflow", "made_up"]) {
      expect((await a.system(name)).message).toBe(`Unknown system event system.${name}`);
    }
    for (const id of ["", "system", "all", "mod:x", "agent:b", "a\nb", "x".repeat(129), 5]) {
      const { status } = await network.call("POST", "/api/register", { body: { agent_id: id } });
      expect([id, status]).toEqual([id, 400]);
    }
    await network.agent("名前 with space");
    const deep = `{"agent_id":"d","metadata":${'{"a":'.repeat(70)}1${"}".repeat(70)}}`;
    expect((await network.call("POST", "/api/register", { body: deep })).status).toBe(400);
    const wide = `{"agent_id":"w","metadata":{${Array.from({ length: 100_001 }, (_, index) => `"k${index}":0`).join(",")}}}`;
    expect((await network.call("POST", "/api/register", { body: wide })).status).toBe(400);
    for (const body of [deep, wide]) {
      const { status, body: answer } = await network.call("POST", "/v1/join", { body });
      expect([status, answer]).toEqual([400, { code: 400, message: expect.any(String), data: null }]);
    }
  });

  it("OA-12 a batch with a wrong secret fails as a whole, and in each of its events", async () => {
    await using network = await startNetwork();
    const a = await network.agent("a");
    const event = { event_id: "e", event_name: "agent.message", target_agent_id: "a", payload: {} };
    const send = async (secret: string) =>
      (await network.call("POST", "/api/send_events", { body: { agent_id: "a", secret, events: [event] } }))
        .body;
    const message = "Authentication failed: Invalid or missing secret";
    expect(await send("wrong")).toMatchObject({
      success: false,
      error_message: message,
      results: [{ success: false, message }],
    });
    expect(await send(a.secret)).toMatchObject({ success: true, results: [{ success: true }] });
  });

  it("OA-15 a poll answers 16 MiB at most, and the rest the next time", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    await b.all();
    const text = "é".repeat(1_500_000);
    for (let n = 0; n < 6; n += 1) {
      await a.send("agent.message", "b", { n, text });
    }
    const poll = async () => {
      const answer = await network.call("GET", `/api/poll?agent_id=b&secret=${b.secret}`);
      expect(Buffer.byteLength(answer.text)).toBeLessThanOrEqual(16 * 1024 * 1024);
      return [...answer.body.messages].map(({ payload }) => payload.n);
    };
    expect([await poll(), await poll(), await poll()]).toEqual([[0, 1, 2, 3, 4], [5], []]);
  });

  it("OA-51 a queue that nobody empties stays at its limit, and tells what it lost first", async () => {
    await using network = await startNetwork({ queueLimit: 10 });
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    await b.all();
    for (let n = 0; n < 25; n += 1) {
      await a.send("agent.message", "b", { n });
    }
    const [overflow, ...events] = await b.all();
    expect(overflow).toMatchObject({
      event_name: "system.queue.overflow",
      source_id: "system",
      destination_id: "b",
      payload: { agent_id: "b", dropped: 15, since: expect.any(Number) },
    });
    expect(Number.isInteger(overflow?.timestamp)).toBe(true);
    expect(events.map(({ payload }) => payload.n)).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
    expect(await b.all()).toEqual([]);
  });

  it("OA-54 an agent that is silent for too long is gone, and the others hear why", async () => {
    await using network = await startNetwork({ agentTimeout: 60, clock: "virtual" });
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    await b.all();
    await network.server.advance(59_000);
    expect(await b.all()).toEqual([]);
    await network.server.advance(1_500);
    expect((await b.all()).map(({ event_name, payload }) => [event_name, payload])).toEqual([
      ["discovery.notification.agent_disconnected", { agent_id: "a", reason: "timeout" }],
    ]);
    expect((await a.send("agent.message", "b")).success).toBe(false);
  });

  it("OA-18 subscriptions narrow what comes, and all end at once", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    await b.all();
    const { data } = await b.system("subscribe_events", {
      event_patterns: ["custom.*"],
      channels: ["x"],
      request_id: "q",
    });
    expect(data).toMatchObject({
      agent_id: "b",
      event_patterns: ["custom.*"],
      channels: ["x"],
      request_id: "q",
    });
    await b.system("subscribe_events", { event_patterns: ["other.done"] });
    const sendAll = async () => {
      for (const name of ["custom.one", "other.done", "agent.message"]) {
        await a.send(name, "b");
      }
      return (await b.poll()).map(({ event_name }) => event_name);
    };
    expect(await sendAll()).toEqual(["custom.one", "other.done"]);
    await b.system("unsubscribe_events", { subscription_id: data.subscription_id });
    expect(await sendAll()).toEqual(["other.done"]);
    await b.system("subscribe_events", { event_patterns: ["custom.*"] });
    await b.system("unsubscribe_events");
    expect(await sendAll()).toEqual(["custom.one", "other.done", "agent.message"]);
  });

  it("takes no more agents than it may, and no live id without its secret where ids are claimed", async () => {
    await using network = await startNetwork({ maxAgents: 1, claimIds: true });
    const a = await network.agent("a");
    const other = await network.call("POST", "/api/register", { body: { agent_id: "b" } });
    expect(other.status).toBe(503);
    await expect(network.agent("a")).rejects.toThrow("is registered; show its secret");
    const headers = { authorization: `Bearer ${a.secret}` };
    const again = await network.call("POST", "/api/register", { body: { agent_id: "a" }, headers });
    expect(again.status).toBe(200);
  });
});

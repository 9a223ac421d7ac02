import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import type { AgentEvent } from "../../src/index.ts";
import { TestNetwork } from "./network.ts";

const post = (more: object = {}, payload: object = {}) => ({
  event_name: "thread.channel_message.notification",
  source_id: "ann",
  payload: { channel: "general", content: { text: "hi" }, original_event_id: "p1", ...payload },
  ...more,
});

const names = (events: readonly AgentEvent[]): string[] => events.map(({ eventName }) => eventName);

describe("events of a network", () => {
  it("OA-8 no handler, wait or cache sees a secret, though the network sends the sender's with every event", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const b = await network.join("b");
    const seen: AgentEvent[] = [];
    b.registerEventHandler((event) => void seen.push(event));
    const waiting = b.waitEvent({ condition: ({ eventName }) => eventName === "agent.message", timeout: 10 });
    await a.sendAgentMessage("b", { text: "psst", nested: { secret: "deep", list: [{ secret: 1 }] } });
    const event = await waiting;
    await waitUntil(() => names(seen).includes("agent.message"));
    const { secret } = network.agents.get("a") ?? {};
    expect(secret).toMatch(/^secret/);
    const shown = JSON.stringify([event, seen, b.getCachedEvent(event?.eventId ?? "")]);
    expect(shown).not.toContain(String(secret));
    expect(shown).not.toContain("secret");
    expect(event?.payload).toEqual({ text: "psst", nested: { list: [{}] } });
  });

  it("OA-13 the page's source is taken: the network gets the id that it registered", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const response = await a.sendEvent({
      eventName: "custom.task.completed",
      sourceId: `agent:${a.agentId}`,
      destinationId: "channel:#general",
      payload: { task: "data" },
    });
    expect(response?.success).toBe(true);
    expect(network.sent("custom.task.completed")).toMatchObject([
      {
        source_id: "a",
        target_agent_id: "channel:general",
        visibility: "network",
        payload: { task: "data" },
      },
    ]);
    expect(Object.keys(network.sent("custom.task.completed")[0] ?? {})).toEqual([
      "event_id",
      "event_name",
      "source_id",
      "target_agent_id",
      "payload",
      "metadata",
      "visibility",
      "secret",
    ]);
  });

  it("OA-11 what no server takes is thrown before it is sent, with what is wrong", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const before = network.requests.length;
    await expect(a.sendEvent({ eventName: "BadName" })).rejects.toThrow(
      "event_name 'BadName' needs at least two parts",
    );
    await expect(a.sendEvent({ eventName: "ab.cd", sourceId: "b" })).rejects.toThrow(
      'must be a, the client\'s own id, not "b"',
    );
    await expect(a.sendEvent({ eventName: "ab.cd", destinationId: "channel" })).rejects.toThrow(
      "such as channel:general",
    );
    await expect(a.sendEvent({ eventName: "ab.cd", payload: { n: 1n } })).rejects.toMatchObject({
      code: "invalid_event",
    });
    await expect(a.sendEvent({ eventName: "ab.cd", destination: "b" } as never)).rejects.toThrow(
      "did you mean destinationId?",
    );
    await expect(a.sendEvent({ eventName: "ab.cd", visibility: "bogus" as never })).rejects.toThrow(
      "visibility must be one of",
    );
    expect(network.requests.filter(({ path }) => path === "/api/send_event")).toEqual([]);
    expect(network.requests.length).toBeGreaterThanOrEqual(before);
    expect((await a.sendEvent({ eventName: "ab.cd", visibility: "DIRECT", target_id: "b" }))?.success).toBe(
      true,
    );
    expect(network.sent("ab.cd")).toMatchObject([{ visibility: "direct", target_agent_id: "b" }]);
  });

  it("OA-16 an event that is too large names the limit", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const response = await a.sendEvent({ eventName: "ab.cd", payload: { x: "x".repeat(1_100_000) } });
    expect(response).toMatchObject({ success: false });
    expect(response?.message).toContain("1048576 (1 MiB)");
    expect(a.lastError).toMatchObject({ code: "too_large", name: "TooLarge" });
  });

  it("OA-17 entries of the list have the id under all its names", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a", { metadata: { name: "Ann", capabilities: ["x"] } });
    await network.join("b");
    const agents = await a.listAgents();
    expect(agents).toEqual([
      {
        id: "a",
        agentId: "a",
        agent_id: "a",
        name: "Ann",
        connected: true,
        metadata: { name: "Ann", capabilities: ["x"] },
      },
      { id: "b", agentId: "b", agent_id: "b", name: "b", connected: true, metadata: {} },
    ]);
  });

  it("OA-37 a handler that throws, or rejects, stops no other, and is told of", async () => {
    await using network = await TestNetwork.start();
    const errors: unknown[] = [];
    const a = await network.join("a", {}, { onError: (error) => errors.push(error.cause) });
    const emitted: string[] = [];
    a.on("error", ({ code }) => emitted.push(code));
    const order: string[] = [];
    a.registerEventHandler(() => {
      order.push("first");
      throw new Error("one");
    }, ["ab.*"]);
    a.registerEventHandler(async () => {
      order.push("second");
      throw new Error("two");
    }, ["ab.*"]);
    a.registerEventHandler(() => order.push("third"), ["ab.*"]);
    network.deliver("a", { event_name: "ab.cd", source_id: "b" });
    await waitUntil(() => order.length === 3);
    expect(order).toEqual(["first", "second", "third"]);
    expect(errors).toEqual([new Error("one"), new Error("two")]);
    expect(emitted).toEqual(["handler_failed", "handler_failed"]);
  });

  it("OA-37 registered twice is called twice, and taken away once at a time", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    let calls = 0;
    const handler = ({ eventName }: AgentEvent): void => {
      calls += eventName.startsWith("ab.") ? 1 : 0;
    };
    a.registerEventHandler(handler, []);
    const registration = a.registerEventHandler(handler, ["ab.cd"]);
    network.deliver("a", { event_name: "ab.cd", source_id: "b" });
    await waitUntil(() => calls === 2);
    registration();
    expect(a.unregisterEventHandler(handler)).toBe(true);
    expect(a.unregisterEventHandler(handler)).toBe(false);
    network.deliver("a", { event_name: "ab.ce", source_id: "b" });
    await network.polled();
    expect(calls).toBe(2);
  });

  it("OA-38 the page's patterns see documented names, each registration once for each event", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const messages: AgentEvent[] = [];
    const joined: unknown[] = [];
    const all: string[] = [];
    a.registerEventHandler((event) => void messages.push(event), ["channel.message.*", "thread.*"]);
    a.registerEventHandler((event) => void joined.push(event.payload.agent_id), ["agent.joined"]);
    a.registerEventHandler(({ eventName }) => void all.push(eventName));
    const b = await network.join("b");
    await b.workspace().channel("general").post("hello");
    network.deliver("a", post({}, { reply_to_id: "p0", mentioned_agent_id: "a" }));
    await waitUntil(() => messages.length === 2);
    expect(joined).toEqual(["a", "b"]);
    // The name on the wire goes first where a pattern means it too.
    expect(names(messages)).toEqual([
      "thread.channel_message.notification",
      "thread.channel_message.notification",
    ]);
    expect(all).toContain("discovery.notification.agent_connected");
    expect(all).not.toContain("channel.message.posted");
  });

  it.each([
    [
      post(),
      "channel.message.posted",
      { channel: "general", sender_id: "ann", message_id: "p1", text: "hi" },
    ],
    [post({}, { content: "plain" }), "channel.message.posted", { text: "plain" }],
    [post({}, { reply_to_id: "p0" }), "channel.message.replied", { parent_id: "p0", message_id: "p1" }],
    [
      post({ event_name: "thread.reply.notification" }, { reply_to_id: "p0", reply_event_id: "r1" }),
      "channel.message.replied",
      { parent_id: "p0", message_id: "r1" },
    ],
    [post({}, { mentioned_agent_id: "me" }), "channel.message.mentioned", { message_id: "p1" }],
    [post({}, { mentions: ["x", "me"] }), "channel.message.mentioned", { message_id: "p1" }],
    [
      post({ event_name: "thread.direct_message.notification" }, { sender_id: "forged" }),
      "direct.message.received",
      { sender_id: "ann", text: "hi" },
    ],
    [
      {
        event_name: "thread.reaction.notification",
        source_id: "ann",
        payload: { target_message_id: "p1", reaction_type: "heart", reacting_agent: "x", action: "removed" },
      },
      "workspace.reaction.removed",
      { message_id: "p1", reaction: "heart", agent_id: "ann" },
    ],
    [
      {
        event_name: "discovery.notification.agent_disconnected",
        source_id: "mod:openagents.mods.discovery.agent_discovery",
        payload: { agent_id: "z", reason: "timeout" },
      },
      "agent.left",
      { agent_id: "z", reason: "timeout" },
    ],
  ])("OA-38 the documented view of %j is %s", async (wire, documented, added) => {
    await using network = await TestNetwork.start();
    const me = await network.join("me");
    const waiting = me.waitEvent({ condition: ({ eventName }) => eventName === documented, timeout: 10 });
    network.deliver("me", { event_id: "e1", ...wire });
    const event = await waiting;
    expect(event?.payload).toMatchObject(added);
    expect(event).toMatchObject({
      eventId: "e1",
      event_id: "e1",
      event_name: documented,
      wireEventName: wire.event_name,
      metadata: { wire_event_name: wire.event_name },
    });
  });

  it("OA-38 what any agent may say is no word of the network; a kick is one leaving", async () => {
    await using network = await TestNetwork.start();
    const me = await network.join("me");
    const left: unknown[] = [];
    const joined: unknown[] = [];
    const wire: string[] = [];
    me.registerEventHandler(({ payload }) => void left.push(payload.agent_id), ["agent.left"]);
    me.registerEventHandler(({ payload }) => void joined.push(payload.agent_id), ["agent.joined"]);
    me.registerEventHandler(
      ({ eventName }) => void wire.push(eventName),
      ["discovery.*", "system.*", "network.*"],
    );
    const mod = "mod:openagents.mods.discovery.agent_discovery";
    network.deliver("me", {
      event_name: "discovery.notification.agent_connected",
      source_id: "liar",
      payload: { agent_id: "x" },
    });
    network.deliver("me", {
      event_name: "network.agent.join",
      source_id: "liar",
      payload: { agent_name: "x" },
    });
    network.deliver("me", {
      event_name: "discovery.notification.agent_disconnected",
      source_id: mod,
      payload: { agent_id: "k" },
    });
    network.deliver("me", {
      event_name: "system.agent_kicked",
      source_id: "system",
      payload: { target_agent_id: "k" },
    });
    await waitUntil(() => wire.includes("system.agent_kicked"));
    expect(left).toEqual(["k"]);
    expect(joined).toEqual(["me"]);
    expect(wire).toContain("network.agent.join");
  });

  it("OA-38 several mentions in one post reach each", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const others = await Promise.all(["b", "c", "d"].map((id) => network.join(id)));
    const waiting = others.map((client) =>
      client.waitEvent({
        condition: ({ eventName }) => eventName === "channel.message.mentioned",
        timeoutMs: 10_000,
      }),
    );
    await a.workspace().channel("general").postWithMention("look", ["b", "c"]);
    expect((await Promise.all(waiting.slice(0, 2))).map((event) => event?.text)).toEqual(["look", "look"]);
    await others[2]?.disconnect();
    expect(await waiting[2]).toBeNull();
  });

  it.each([
    ["me", "channel:general"],
    ["channel:general", "me"],
  ])("OA-31 the second copy of a reaction is dropped: to %s, then to %s", async (first, second) => {
    await using network = await TestNetwork.start();
    const me = await network.join("me");
    const seen: string[] = [];
    me.registerEventHandler(
      ({ eventName, payload }) => void seen.push(String(payload.action ?? eventName)),
      ["thread.reaction.notification", "custom.all.sent"],
    );
    const reaction = (destination_id: string, action: string) => ({
      event_name: "thread.reaction.notification",
      source_id: "b",
      destination_id,
      payload: { target_message_id: "p", reaction_type: "heart", action, total_reactions: 1 },
    });
    for (const action of ["added", "removed", "added"]) {
      network.deliver("me", reaction(first, action));
      network.deliver("me", reaction(second, action));
    }
    network.deliver("me", { event_name: "custom.all.sent", source_id: "b" });
    await waitUntil(() => seen.includes("custom.all.sent"));
    expect(seen).toEqual(["added", "removed", "added", "custom.all.sent"]);
  });

  it("OA-39 a wait takes the first event from now on, under either name, and several may take one", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    network.deliver("a", { event_name: "ab.cd", source_id: "b" });
    await network.polled();
    const isPosted = (event: AgentEvent): boolean => event.eventName === "channel.message.posted";
    const waits = [
      a.waitEvent(isPosted, 10),
      a.waitEvent({ condition: isPosted }),
      a.waitEvent({ timeout: 10 }),
    ];
    const throwing = a.waitEvent(() => {
      throw new Error("no match");
    }, 0.05);
    network.deliver("a", post({ event_id: "e9" }));
    const events = await Promise.all(waits);
    expect(events.map((event) => event?.eventName)).toEqual([
      "channel.message.posted",
      "channel.message.posted",
      "thread.channel_message.notification",
    ]);
    expect(await throwing).toBeNull();
    const stop = new AbortController();
    const aborted = a.waitEvent({ signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
  });

  it("OA-39 a handler may wait for what stands behind its own event", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const got: unknown[] = [];
    a.registerEventHandler(async () => {
      const next = await a.waitEvent({ condition: ({ eventName }) => eventName === "ab.data", timeout: 10 });
      got.push(next?.payload);
    }, ["ab.start"]);
    network.deliver("a", { event_name: "ab.start", source_id: "b" });
    network.deliver("a", { event_name: "ab.data", source_id: "b", payload: { n: 1 } });
    await waitUntil(() => got.length === 1);
    expect(got).toEqual([{ n: 1 }]);
  });

  it("OA-38 the channels of one network are not told of the next", async () => {
    await using one = await TestNetwork.start();
    await using other = await TestNetwork.start();
    const client = await one.join("a");
    const workspace = client.workspace();
    expect(await workspace.channels()).toEqual(await workspace.channels());
    expect(one.sent("thread.channels.list")).toHaveLength(1);
    await client.connectToServer("127.0.0.1", other.port);
    await workspace.channels();
    expect(other.sent("thread.channels.list")).toHaveLength(1);
  });

  it("OA-42 before the first connection there is nothing, and afterwards a reason", async () => {
    await using network = await TestNetwork.start();
    const client = network.client({ agentId: "a" });
    expect(await client.sendEvent({ eventName: "ab.cd" })).toBeNull();
    expect(await client.sendAgentMessage("b", {})).toBeNull();
    expect(await client.listAgents()).toEqual([]);
    expect(await client.listMods()).toEqual([]);
    expect(await client.getModManifest("x")).toBeNull();
    expect(await client.waitEvent()).toBeNull();
    expect(client.connector).toBeNull();
    expect(await client.workspace().channels()).toEqual([]);
    expect(await client.connectToServer("127.0.0.1", network.port)).toBe(true);
    expect(client.connector).toMatchObject({
      isConnected: true,
      transport: "http",
      port: network.port,
      agentId: "a",
    });
    const waiting = client.waitEvent({ condition: () => false });
    expect(await client.disconnect()).toBe(true);
    expect(await waiting).toBeNull();
    expect(client.connector?.isConnected).toBe(false);
    expect(await client.sendEvent({ eventName: "ab.cd" })).toMatchObject({
      success: false,
      message: "Agent is not connected to HTTP network",
    });
    expect(client.lastError).toMatchObject({ code: "not_connected" });
    expect(network.agents.has("a")).toBe(false);
  });

  it("OA-43 a slow handler holds up its own client's later events, and no poll", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const gate = Promise.withResolvers<void>();
    const seen: unknown[] = [];
    a.registerEventHandler(
      async ({ payload }) => {
        await gate.promise;
        seen.push(payload.n);
      },
      ["ab.cd"],
    );
    for (let n = 0; n < 5; n += 1) {
      network.deliver("a", { event_name: "ab.cd", source_id: "b", payload: { n } });
    }
    await network.polled(5);
    expect(network.queues.get("a")).toEqual([]);
    expect(seen).toEqual([]);
    const late = a.waitEvent({ condition: ({ eventName }) => eventName === "ab.late", timeout: 10 });
    network.deliver("a", { event_name: "ab.late", source_id: "b" });
    expect(await late).not.toBeNull();
    gate.resolve();
    await waitUntil(() => seen.length === 5);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it("OA-43 polling pauses while 10,000 events wait", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const gate = Promise.withResolvers<void>();
    let handled = 0;
    a.registerEventHandler(async () => {
      await gate.promise;
      handled += 1;
    }, ["ab.cd"]);
    for (let n = 0; n < 10_001; n += 1) {
      network.deliver("a", { event_name: "ab.cd", source_id: "b", payload: { n } });
    }
    await waitUntil(() => network.queues.get("a")?.length === 0);
    network.deliver("a", { event_name: "ab.cd", source_id: "b", payload: { n: "last" } });
    const pollsOf = (id: string): number =>
      network.requests.filter(({ path, query }) => path === "/api/poll" && query.get("agent_id") === id)
        .length;
    const before = pollsOf("a");
    // Another that polls as often shows how the time goes by.
    await network.join("other");
    await waitUntil(() => pollsOf("other") >= 5);
    expect(pollsOf("a")).toBeLessThanOrEqual(before + 1);
    expect(network.queues.get("a")?.length).toBeGreaterThan(0);
    gate.resolve();
    await waitUntil(() => handled === 10_002);
  });

  it("OA-15 iteration gets every event in order, and leaves with its loop", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const event of a.events({ patterns: ["ab.*"] })) {
        seen.push(event.payload.n);
        if (seen.length === 1_000) {
          break;
        }
      }
    })();
    const rest = a.events({ patterns: ["channel.message.*"] });
    for (let n = 0; n < 1_000; n += 1) {
      network.deliver("a", { event_name: "ab.cd", source_id: "b", payload: { n } });
    }
    await loop;
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
    network.deliver("a", post());
    expect((await rest.next()).value?.payload.text).toBe("hi");
    const last = rest.next();
    await a.disconnect();
    expect(await last).toEqual({ value: undefined, done: true });
  });

  it("OA-7 an event that comes again is told once, and another under its id all the same", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const seen: unknown[] = [];
    const last = a.waitEvent({ condition: ({ eventName }) => eventName === "ab.ce", timeout: 10 });
    a.registerEventHandler(({ payload }) => void seen.push(payload.n), ["ab.*"]);
    for (const n of [1, 1, 2]) {
      network.deliver("a", { event_id: "same", event_name: "ab.cd", source_id: "b", payload: { n } });
    }
    network.deliver("a", { event_name: "ab.ce", source_id: "b", timestamp: 5.5 });
    await waitUntil(() => seen.length === 3);
    expect(seen).toEqual([1, 2, undefined]);
    expect(await last).toMatchObject({ timestamp: 5, timestampMs: 5_000 });
  });

  it("OA-8 threads and cache keep the newest 1,000", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const handled: string[] = [];
    a.registerEventHandler(({ eventId }) => void handled.push(eventId), ["ab.*"]);
    for (let n = 0; n < 1_001; n += 1) {
      network.deliver("a", {
        event_id: `e${n}`,
        event_name: "ab.cd",
        source_id: "b",
        thread_name: n === 1_000 ? "mine" : null,
      });
    }
    await waitUntil(() => handled.length === 1_001 && a.getCachedEvent("e1000") !== null);
    expect(a.getCachedEvent("e0")).toBeNull();
    expect(a.getEventThreads().get("thread:ab")?.length).toBe(999);
    expect(a.getEventThreads().get("mine")?.length).toBe(1);
  });
});

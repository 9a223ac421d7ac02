import { createFakeClock, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import type { AgentEvent, DeadlockInfo } from "../../src/index.ts";
import { bodyOf } from "../../src/wire/body.ts";
import { TestNetwork, type Wire } from "./network.ts";

const asks = "thread.direct_message.notification";
const ask = (from: string, payload: object = {}): Wire => ({
  event_name: asks,
  source_id: from,
  payload: { content: { text: "?" }, ...payload },
});

describe("OA-40 sendAndWait", () => {
  it("OA-40 a peer of this package answers by the request's id, whatever else it says meanwhile", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const b = await network.join("b");
    b.registerEventHandler(
      async (event) => {
        await b.workspace().agent("a").send("something else", { responseTo: "another request" });
        const response = await event.reply("fine");
        expect(response.data?.message_id).toBe(response.eventId);
      },
      ["direct.message.received"],
    );
    const seen: string[] = [];
    a.registerEventHandler(({ text }) => void seen.push(text), ["direct.message.received"]);
    const reply = await a.workspace().agent("b").sendAndWait("how?", { timeout: 10 });
    expect(reply?.text).toBe("fine");
    const [sent] = network.sent("thread.direct_message.send");
    expect(sent?.payload).toMatchObject({ message_id: sent?.event_id, requires_response: true });
    expect(reply?.response_to).toBe(sent?.event_id);
    await waitUntil(() => seen.length === 2);
    expect(seen).toEqual(["something else", "fine"]);
  });

  it.each([
    [{ content: { text: "plain" } }, "plain"],
    [{ content: "a text" }, "a text"],
    [{ text: "bare" }, "bare"],
    [{ data: 1 }, undefined],
  ])(
    "OA-40 a peer that says nothing of requests: the first that is none itself, %j",
    async (payload, text) => {
      await using network = await TestNetwork.start();
      const a = await network.join("a");
      await network.join("b");
      const waiting = a.workspace().agent("b").sendAndWait("how?", { timeout: 10 });
      await waitUntil(() => network.sent("thread.direct_message.send").length === 1);
      network.deliver("a", ask("b", { requires_response: true, message_id: "q" }));
      network.deliver("a", ask("c", { content: { text: "not me" } }));
      network.deliver("a", { event_name: "agent.message", source_id: "b", payload });
      network.deliver("a", ask("b", { content: { text: "too late" } }));
      const reply = await waiting;
      expect(reply).toMatchObject(payload);
      expect(reply?.text).toBe(text);
    },
  );

  it("OA-40 two at once, answered in reverse", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const b = await network.join("b");
    const requests: AgentEvent[] = [];
    b.registerEventHandler((event) => void requests.push(event), ["direct.message.received"]);
    const first = a.workspace().agent("b").sendAndWait("one", { timeout: 10 });
    const second = a.workspace().agent("b").sendAndWait("two", { timeout: 10 });
    await waitUntil(() => requests.length === 2);
    for (const event of requests.toReversed()) {
      await event.reply(`to ${event.text}`);
    }
    expect([(await first)?.text, (await second)?.text]).toEqual(["to one", "to two"]);
  });

  it("OA-40 two at once to a peer that correlates nothing: the oldest first, each answer once", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    await network.join("b");
    const first = a.workspace().agent("b").sendAndWait("one", { timeout: 10 });
    await waitUntil(() => network.sent("thread.direct_message.send").length === 1);
    const second = a.workspace().agent("b").sendAndWait("two", { timeout: 10 });
    await waitUntil(() => network.sent("thread.direct_message.send").length === 2);
    network.deliver("a", ask("b", { content: { text: "1" } }));
    network.deliver("a", ask("b", { content: { text: "2" } }));
    expect([(await first)?.text, (await second)?.text]).toEqual(["1", "2"]);
  });

  it("OA-40 an answer that comes before the network's word that the request was sent", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    await network.join("b");
    const gate = Promise.withResolvers<void>();
    network.beforeAnswer = (event) => {
      network.deliver("a", ask("b", { response_to: event.event_id, content: { text: "already" } }));
      return gate.promise;
    };
    const reply = await a.workspace().agent("b").sendAndWait("how?", { timeout: 10 });
    gate.resolve();
    expect(reply?.text).toBe("already");
  });

  it("OA-40 nobody answers: null after the time, with the reason, by the client's clock", async () => {
    await using network = await TestNetwork.start();
    const clock = createFakeClock();
    const a = await network.join("a", {}, { clock });
    const waiting = a.workspace().agent("nobody").sendAndWait("how?");
    await waitUntil(() => network.sent("thread.direct_message.send").length === 1);
    await clock.advance(29_999);
    const early = await Promise.race([waiting, Promise.resolve("still waiting")]);
    expect(early).toBe("still waiting");
    await clock.advance(1);
    expect(await waiting).toBeNull();
    expect(a.lastError).toMatchObject({ code: "timeout" });
  });

  it("OA-40 what could not be sent is null at once", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    expect(await a.workspace().agent("b").sendAndWait("x".repeat(1_100_000))).toBeNull();
    expect(a.lastError).toMatchObject({ code: "too_large" });
    await a.disconnect();
    expect(await a.workspace().agent("b").sendAndWait("x")).toBeNull();
    expect(a.lastError).toMatchObject({ code: "not_connected" });
  });

  it("OA-40 ends with its signal, and with the client", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const stop = new AbortController();
    const aborted = a.workspace().agent("b").sendAndWait("x", { signal: stop.signal });
    const waiting = a.workspace().agent("b").sendAndWait("y");
    stop.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await waitUntil(() => network.sent("thread.direct_message.send").length >= 1);
    await a.disconnect();
    expect(await waiting).toBeNull();
  });

  it("OA-40 reply goes where the message was said", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const b = await network.join("b");
    const replies: unknown[] = [];
    b.registerEventHandler(
      async (event) => void replies.push(await event.reply("seen")),
      ["channel.message.posted", "agent.message"],
    );
    const { data } = await a.workspace().channel("#general").post("hello");
    await a.sendAgentMessage("b", { text: "hi", message_id: "m1" });
    await waitUntil(() => replies.length === 2);
    expect(network.sent("thread.reply.post")[0]?.payload).toMatchObject({
      channel: "general",
      reply_to_id: data?.message_id,
      message_type: "reply_message",
      sender_id: "b",
    });
    expect(network.sent("thread.direct_message.send")[0]).toMatchObject({
      target_agent_id: "a",
      payload: { response_to: "m1", content: { text: "seen" } },
      metadata: { response_to: "m1" },
    });
    const joined = b.waitEvent({ condition: ({ eventName }) => eventName === "agent.joined", timeout: 10 });
    await network.join("c");
    const event = await joined;
    await expect(event?.reply("hello mod")).rejects.toThrow("is of no agent");
  });
});

describe("OA-41 postAndWait", () => {
  it("OA-41 takes the reply to its own post, and no other", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const channel = a.workspace().channel("general");
    const reply = (to: unknown, text: string): Wire => ({
      event_name: "thread.reply.notification",
      source_id: "b",
      payload: { channel: "general", reply_to_id: to, reply_event_id: `r-${text}`, content: { text } },
    });
    network.beforeAnswer = (event) => {
      network.deliver("a", reply("another post", "other"));
      network.deliver("a", reply(event.event_id, "early"));
    };
    expect((await channel.postAndWait("anyone?", { timeout: 10 }))?.text).toBe("early");
    network.beforeAnswer = undefined;
    const waiting = channel.postAndWait("again?", { timeout: 10 });
    await waitUntil(() => network.sent("thread.channel_message.post").length === 2);
    const postId = network.sent("thread.channel_message.post")[1]?.event_id;
    network.deliver("a", reply("another post", "other"));
    network.deliver("a", { ...reply(postId, "late"), event_name: "thread.channel_message.notification" });
    const found = await waiting;
    expect(found).toMatchObject({ eventName: "channel.message.replied", text: "late" });
    expect(await channel.postAndWait("x".repeat(1_100_000))).toBeNull();
  });

  it("OA-41 the other waits of a channel take what is said there, by whom and about what was asked", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const channel = a.workspace().channel("general");
    const posted = channel.waitForPost({ from: "b", timeout: 10 });
    const replied = channel.waitForReply({ message: "p1", timeout: 10 });
    const reacted = channel.waitForReaction({ message: "p1", timeout: 10 });
    const said = a.workspace().agent("b").waitForMessage({ timeout: 10 });
    const notify = (source_id: string, payload: object, kind = "channel_message"): void =>
      network.deliver("a", { event_name: `thread.${kind}.notification`, source_id, payload });
    notify("b", { channel: "dev", content: "elsewhere" });
    notify("c", { channel: "general", content: "another's" });
    notify("b", { channel: "general", content: "this" });
    notify("b", { channel: "general", content: "no", reply_to_id: "p0" }, "reply");
    notify("b", { channel: "general", content: "yes", reply_to_id: "p1" }, "reply");
    notify("b", { target_message_id: "p0", reaction_type: "ok", action: "added" }, "reaction");
    notify("b", { target_message_id: "p1", reaction_type: "ok", action: "added" }, "reaction");
    notify("c", { content: "not me" }, "direct_message");
    notify("b", { content: "me" }, "direct_message");
    expect((await posted)?.text).toBe("this");
    expect((await replied)?.text).toBe("yes");
    expect(bodyOf((await reacted)?.payload).message_id).toBe("p1");
    expect((await said)?.text).toBe("me");
  });
});

describe("OA-40 two agents that wait for each other", () => {
  it("OA-40 both end early with null when neither can answer before its own wait is over", async () => {
    await using network = await TestNetwork.start();
    const found: DeadlockInfo[] = [];
    const onDeadlock = (info: DeadlockInfo): void => void found.push(info);
    const [a, b] = await Promise.all(
      ["a", "b"].map((id) => network.join(id, { pollIntervalMs: 10 }, { onDeadlock })),
    );
    const replies: unknown[] = [];
    for (const [client, other] of [
      [a, "b"],
      [b, "a"],
    ] as const) {
      client?.registerEventHandler(async () => {
        replies.push(await client.workspace().agent(other).sendAndWait("first you"));
      }, ["start.now"]);
      client?.registerEventHandler((event) => void event.reply("answer"), ["direct.message.received"]);
    }
    network.deliver("a", { event_name: "start.now", source_id: "x" });
    network.deliver("b", { event_name: "start.now", source_id: "x" });
    await waitUntil(() => replies.length === 2);
    expect(replies).toEqual([null, null]);
    expect(found.map(({ agentId }) => agentId).toSorted()).toEqual(["a", "b"]);
    expect(a?.lastError ?? b?.lastError).toMatchObject({ code: "deadlock" });
  });

  it("OA-40 a peer that knows nothing of this ends the wait after deadlockAfterMs", async () => {
    await using network = await TestNetwork.start();
    const found: DeadlockInfo[] = [];
    const a = await network.join("a", {}, { deadlockAfterMs: 20, onDeadlock: (info) => found.push(info) });
    await network.join("b");
    const waiting = a.workspace().agent("raw").sendAndWait("first you");
    await waitUntil(() => network.sent("thread.direct_message.send").length === 1);
    network.deliver("a", ask("raw", { requires_response: true, message_id: "q1" }));
    expect(await waiting).toBeNull();
    const [request] = network.sent("thread.direct_message.send");
    expect(found).toEqual([{ agentId: "raw", requestId: request?.event_id, blockedRequestId: "q1" }]);
  });

  it("OA-40 two that ask each other and can both answer get their answers", async () => {
    await using network = await TestNetwork.start();
    const found: DeadlockInfo[] = [];
    const options = { deadlockAfterMs: 0, onDeadlock: (info: DeadlockInfo) => void found.push(info) };
    const [a, b] = await Promise.all(["a", "b"].map((id) => network.join(id, {}, options)));
    for (const client of [a, b]) {
      client?.registerEventHandler(
        (event) => event.reply(`from ${client.agentId}`),
        ["direct.message.received"],
      );
    }
    const replies = await Promise.all([
      a?.workspace().agent("b").sendAndWait("x", { timeout: 10 }),
      b?.workspace().agent("a").sendAndWait("y", { timeout: 10 }),
    ]);
    expect(replies.map((reply) => reply?.text)).toEqual(["from b", "from a"]);
    expect(found).toEqual([]);
  });

  it("OA-40 a question asked back while a request is answered is no deadlock where the other can answer", async () => {
    await using network = await TestNetwork.start();
    const found: DeadlockInfo[] = [];
    const options = { onDeadlock: (info: DeadlockInfo) => void found.push(info) };
    const [a, b] = await Promise.all(["a", "b"].map((id) => network.join(id, {}, options)));
    b?.registerEventHandler(
      async (event) => {
        const more = await b.workspace().agent("a").sendAndWait("which?", { timeout: 10 });
        await event.reply(`done: ${more?.text}`);
      },
      ["direct.message.received"],
    );
    a?.registerEventHandler(
      (event) => (event.text === "which?" ? event.reply("the red one") : undefined),
      ["direct.message.received"],
    );
    const reply = await a?.workspace().agent("b").sendAndWait("paint it", { timeout: 10 });
    expect(reply?.text).toBe("done: the red one");
    expect(found).toEqual([]);
  });

  it("OA-40 requests that nobody answers are forgotten with those who sent them, a thousand agents later", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a", { pollIntervalMs: 10 });
    const seen: string[] = [];
    a.registerEventHandler(({ sourceId }) => void seen.push(sourceId), ["direct.message.received"]);
    const asking = Array.from({ length: 1_001 }, (_, n) => `s${n}`);
    for (const id of asking) {
      network.deliver("a", ask(id, { requires_response: true, message_id: `of ${id}` }));
    }
    await waitUntil(() => seen.length === asking.length);
    const waits = ["s0", "s1000"].map((id) => a.workspace().agent(id).sendAndWait("?", { timeout: 10 }));
    await waitUntil(() => network.sent("agent.wait.blocked").length > 0);
    expect(network.sent("agent.wait.blocked").map((event) => bodyOf(event.payload).request_id)).toEqual([
      "of s1000",
    ]);
    await a.disconnect();
    expect(await Promise.all(waits)).toEqual([null, null]);
  });
});

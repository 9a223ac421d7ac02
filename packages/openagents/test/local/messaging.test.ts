// What agents say to each other over HTTP: posts, replies, direct messages, reactions, files, and what each is told of it.
import { describe, expect, it } from "vitest";
import { type Json, startNetwork } from "./network.ts";

const names = (events: readonly Json[]): string[] => events.map(({ event_name }) => event_name);

describe("messages", () => {
  it("OA-7 an event reaches its destination once, with every field of the wire", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    const { message } = await a.send("agent.message", "b", { text: "hi" });
    expect(message).toBe("Event agent.message delivered to destination");
    const [event] = await b.poll();
    expect(Object.keys(event ?? {})).toHaveLength(17);
    expect(Number.isInteger(event?.timestamp)).toBe(true);
    expect(event).toMatchObject({
      source_id: "a",
      destination_id: "b",
      source_agent_group: "guest",
      secret: null,
    });
    expect(await b.poll()).toEqual([]);
  });

  it("OA-4 who registers again gets a new secret, and what was queued before", async () => {
    await using network = await startNetwork();
    const a = await network.agent("a");
    const before = await network.agent("b");
    await a.send("agent.message", "b", { n: 1 });
    const after = await network.agent("b");
    expect(after.secret).not.toBe(before.secret);
    const { body } = await network.call("GET", `/api/poll?agent_id=b&secret=${before.secret}`);
    expect(body).toEqual({
      success: false,
      messages: [],
      agent_id: "b",
      error_message: "Authentication failed: Invalid or missing secret",
    });
    expect((await after.poll()).map(({ payload }) => payload)).toEqual([{ n: 1 }]);
  });

  it("OA-3 OA-9 secrets have 64 letters, and what goes to nobody grows nobody's queue", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    expect(a).toMatchObject({ secret: expect.stringMatching(/^[A-Za-z0-9]{64}$/), group: "guest" });
    await b.all();
    expect((await a.send("agent.message", "nobody")).success).toBe(true);
    expect(await b.all()).toEqual([]);
  });

  it("OA-14 text and numbers come as they were sent", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    const payload =
      '{"t":"é🎉\\u2028","big":9007199254740993,"f":1.0,"e":1e2,"z":-0,"o":{"__proto__":{"x":1},"l":[1,null,true]}}';
    const body = `{"event_id":"n","event_name":"agent.message","source_id":"a","target_agent_id":"b","payload":${payload},"metadata":{"m":2.50},"visibility":"network","secret":"${a.secret}"}`;
    expect((await network.call("POST", "/api/send_event", { body })).body.success).toBe(true);
    const { text } = await network.call("GET", `/api/poll?agent_id=b&secret=${b.secret}`);
    expect(text).toContain(`"payload":${payload.replace("\\u2028", "\u2028")},"metadata":{"m":2.50}`);
  });

  it("OA-15 ten thousand events come in order, over several polls, and none is lost", async () => {
    await using network = await startNetwork({ fsync: "never" });
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    const got: number[] = [];
    for (let first = 0; first < 10_000; first += 1_000) {
      const events = Array.from({ length: 1_000 }, (_, index) => ({
        event_id: `e${first + index}`,
        event_name: "agent.message",
        target_agent_id: "b",
        payload: { n: first + index },
      }));
      const { body } = await network.call("POST", "/api/send_events", {
        body: { agent_id: "a", secret: a.secret, events },
      });
      expect([...body.results].every(({ success }) => success)).toBe(true);
      got.push(...(await b.poll("&limit=700")).map(({ payload }) => payload.n));
    }
    for (let more = await b.poll(); more.length > 0; more = await b.poll()) {
      got.push(...more.map(({ payload }) => payload.n));
    }
    expect(got).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
  });

  it("OA-21 OA-22 a post is told to all others under new ids, its content as it was sent", async () => {
    await using network = await startNetwork();
    const [a, b, c] = [await network.agent("a"), await network.agent("b"), await network.agent("c")];
    const id = await a.post("general", "hello");
    const { data } = await a.send(
      "thread.channel_message.post",
      "",
      { channel: "general", content: "plain" },
      { event_id: "p2" },
    );
    expect(data).toEqual({ event_name: "thread.channel_message.post", event_id: "p2" });
    expect(await a.poll()).toEqual([]);
    const ids = new Set<string>();
    for (const agent of [b, c]) {
      const [first, second] = await agent.poll();
      expect(first).toMatchObject({
        event_name: "thread.channel_message.notification",
        source_id: "a",
        destination_id: agent.id,
        payload: { channel: "general", content: { text: "hello" }, original_event_id: id },
      });
      expect(second?.payload).toEqual({ channel: "general", content: "plain", original_event_id: "p2" });
      ids.add(first?.event_id ?? "").add(second?.event_id ?? "");
    }
    expect(ids.size).toBe(4);
    expect(ids.has(id)).toBe(false);
  });

  it("OA-23 a post to a new channel makes it, with everybody in it", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    await a.post("fresh", "first");
    const { data } = await b.send("thread.channels.list", "", { action: "list_channels" });
    const fresh = [...data.channels].find(({ name }) => name === "fresh");
    expect(fresh).toMatchObject({
      description: "Auto-created channel fresh",
      agents: ["a", "b"],
      agent_count: 2,
    });
    expect(names(await b.poll())).toEqual(["thread.channel_message.notification"]);
  });

  it("OA-24 OA-25 replies have levels up to four, then begin anew; to what nobody knows they are posts", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    let id = await a.post("general", "root");
    const levels: unknown[] = [];
    for (let step = 1; step <= 7; step += 1) {
      const payload = { reply_to_id: id, channel: "general", content: { text: `re${step}` } };
      id = (await a.send("thread.reply.post", "channel:general", payload)).data.event_id;
      const event = (await b.poll()).at(-1);
      expect(event).toMatchObject({ event_name: "thread.reply.notification" });
      expect(event?.payload).toMatchObject({
        original_message_id: payload.reply_to_id,
        original_sender: "a",
        reply_event_id: id,
      });
      levels.push(event?.payload.thread_level);
    }
    expect(levels).toEqual([1, 2, 3, 4, undefined, 1, 2]);
    await a.send("thread.reply.post", "channel:general", {
      reply_to_id: "zz",
      channel: "general",
      content: {},
    });
    const [event] = await b.poll();
    expect(event).toMatchObject({
      event_name: "thread.channel_message.notification",
      payload: { reply_to_id: "zz", original_event_id: expect.any(String) },
    });
  });

  it("OA-26 OA-27 a direct message keeps its payload, says its sender, and finds its receiver by either name", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    const payload = {
      target_agent_id: "b",
      content: { text: "psst" },
      message_id: "m",
      requires_response: true,
      x: [1],
    };
    await a.send("thread.direct_message.send", "b", payload, { metadata: { m: 1 }, response_to: "r" });
    await a.send("thread.direct_message.send", "", payload);
    const events = await b.poll();
    expect(names(events)).toEqual([
      "thread.direct_message.notification",
      "thread.direct_message.notification",
    ]);
    for (const event of events) {
      expect(event).toMatchObject({ source_id: "a", destination_id: "b", metadata: {}, response_to: null });
      expect(event.payload).toEqual({ ...payload, sender_id: "a" });
    }
  });

  it("OA-29 OA-8 histories hold messages only, and nothing that is read back has a secret", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    const root = await a.post("general", "root");
    await b.send("thread.reply.post", "channel:general", {
      reply_to_id: root,
      channel: "general",
      content: { text: "re" },
    });
    await a.send("thread.channels.list", "", { action: "list_channels" });
    await a.send("custom.thing.done", "channel:general", { n: 1 });
    await a.send("thread.direct_message.send", "b", { target_agent_id: "b", content: { text: "d" } });
    const { data } = await b.send("thread.channel_messages.retrieve", "", { channel: "general" });
    expect([...data.messages].map(({ content, thread_level }) => [content.text, thread_level])).toEqual([
      ["re", 1],
      ["root", 1],
    ]);
    const [reply] = data.messages;
    expect(reply?.thread_info).toMatchObject({
      is_root: false,
      thread_structure: { level: 0, message: { event_id: root }, replies: [{ level: 1, replies: [] }] },
    });
    const direct = await b.send("thread.direct_messages.retrieve", "", { target_agent_id: "a" });
    expect(direct.data.messages).toHaveLength(1);
    const everything = JSON.stringify([data, direct, await a.all(), await b.all()]);
    expect(everything).not.toMatch(/"secret":"/);
    expect(everything).not.toContain(a.secret);
  });

  it("OA-30 a file comes back as it went, large or small", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    for (const size of [5, 300_000]) {
      const content = Buffer.alloc(size, "xyz").toString("base64");
      const { data } = await a.send("thread.file.upload", "", {
        filename: "f.txt",
        file_content: content,
        mime_type: "text/plain",
        file_size: size,
      });
      const got = await b.send("thread.file.download", "", { file_id: data.file_id });
      expect(got.data).toMatchObject({ success: true, filename: "f.txt", mime_type: "text/plain", content });
    }
    const { data } = await b.send("thread.file.list", "");
    expect([...data.files].map(({ file_size }) => file_size)).toEqual([300_000, 5]);
    const named = {
      filename: "../../etc/f.txt",
      file_content: "aGk=",
      mime_type: "text/plain",
      file_size: 2,
    };
    const answered = (await a.send("thread.file.upload", "", named)).data;
    const kept = (await b.send("thread.file.download", "", { file_id: answered.file_id })).data;
    expect([answered.filename, kept.filename]).toEqual(["../../etc/f.txt", "f.txt"]);
    const unknown = await b.send("thread.file.download", "", { file_id: "nope" });
    expect([unknown.success, unknown.data.success]).toEqual([true, false]);
  });

  it("OA-31 a reaction is told once to each member but who reacted", async () => {
    await using network = await startNetwork();
    const [a, b, c] = [await network.agent("a"), await network.agent("b"), await network.agent("c")];
    const id = await a.post("general", "hello");
    await Promise.all([b.poll(), c.poll()]);
    await b.send("thread.reaction.add", "", { target_message_id: id, reaction_type: "fire", action: "add" });
    expect(await b.poll()).toEqual([]);
    for (const agent of [a, c]) {
      const events = await agent.poll();
      expect(names(events)).toEqual(["thread.reaction.notification"]);
      expect(events[0]).toMatchObject({ destination_id: agent.id, source_id: "b" });
      expect(events[0]?.payload).toEqual({
        target_message_id: id,
        reaction_type: "fire",
        reacting_agent: "b",
        action: "added",
        total_reactions: 1,
      });
    }
    const { data } = await c.send("thread.channel_messages.retrieve", "", { channel: "general" });
    expect(data.messages[0]?.reactions).toEqual({ fire: 1 });
  });

  it("OA-33 a quotation is told with what it quotes", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    const id = await a.post("general", "first");
    await a.post("general", "second", { quoted_message_id: id });
    await a.post("general", "third", { quoted_message_id: "zzz" });
    const quoted = (await b.poll()).map(({ payload }) => payload.quoted_text);
    expect(quoted).toEqual([undefined, "a: first", "[Quoted message zzz not found]"]);
  });

  it("OA-34 an event that comes twice is told once and answered alike; another one under its id is refused", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    const post = (text: string) =>
      a.send(
        "thread.channel_message.post",
        "channel:general",
        { channel: "general", content: { text } },
        { event_id: "same" },
      );
    const first = await post("x");
    expect(await post("x")).toEqual(first);
    expect(await post("y")).toMatchObject({
      success: false,
      message: "Duplicate event_id with different content",
    });
    expect(await b.poll()).toHaveLength(1);
    const upload = { filename: "f", file_content: "aGk=", mime_type: "text/plain", file_size: 2 };
    const once = await a.send("thread.file.upload", "", upload, { event_id: "up" });
    expect(await a.send("thread.file.upload", "", upload, { event_id: "up" })).toEqual(once);
    expect((await a.send("thread.file.list", "")).data.total_count).toBe(1);
  });

  it("OA-35 a post that is none is delivered to nobody", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    await b.all();
    for (const [name, payload, error] of [
      ["thread.channel_message.post", {}, "channel is required"],
      ["thread.channel_message.post", { channel: "" }, "channel is required"],
      ["thread.reply.post", { channel: "general" }, "reply_to_id is required"],
      ["thread.direct_message.send", {}, "target_agent_id is required"],
    ] as const) {
      const answer = await a.send(name, name.includes("direct") ? "" : "channel:general", payload);
      expect(answer).toMatchObject({
        success: false,
        message: `Error processing ${name}: ${error}`,
        data: { error },
      });
    }
    expect(await b.all()).toEqual([]);
  });

  it("OA-50 one post among fifty is told forty-nine times", async () => {
    await using network = await startNetwork();
    const agents = await Promise.all(
      Array.from({ length: 50 }, (_, index) => network.agent(`agent-${index}`)),
    );
    await agents[0]?.post("general", "all of you");
    const told = await Promise.all(agents.map((agent) => agent.poll()));
    expect(told.map((events) => events.length)).toEqual([0, ...Array<number>(49).fill(1)]);
  });
});

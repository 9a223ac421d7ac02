import { createFakeClock, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import type { AgentClient, AgentEvent } from "../../src/index.ts";
import { TestWorkspace, token } from "./workspace-server.ts";

const message = (content: string, more: object = {}) => ({
  payload: { content, message_type: "chat" },
  ...more,
});

function collect(client: AgentClient, patterns: readonly string[] = []): AgentEvent[] {
  const seen: AgentEvent[] = [];
  client.registerEventHandler((event) => void seen.push(event), [...patterns]);
  return seen;
}

describe.each([false, true])("a hosted workspace, pushes: %s", (pushes) => {
  it("OA-57 joins by its token, and reads on from where the log was", async () => {
    await using workspace = await TestWorkspace.start({ pushes });
    workspace.append(message("long ago"));
    const a = await workspace.join("a", { metadata: { type: "coder", name: "A" } });
    const seen = collect(a, ["*"]);
    expect(workspace.asked("POST /v1/join")[0]?.body).toMatchObject({
      agent_name: "a",
      token,
      network: "ws-1",
      agent_type: "coder",
    });
    await workspace.read();
    workspace.append(message("now"));
    await waitUntil(() => seen.length === 1);
    expect(seen[0]).toMatchObject({
      text: "now",
      eventName: "thread.channel_message.notification",
      sourceId: "ann",
    });
    expect(a.connector).toMatchObject({ transport: "workspace", isConnected: true });
  });

  it("OA-38 the page's handlers fire, and OA-64 no session stands in any event", async () => {
    await using workspace = await TestWorkspace.start({ pushes });
    const a = await workspace.join("a");
    const messages = collect(a, ["channel.message.*", "direct.*"]);
    const presence = collect(a, ["agent.joined", "agent.left"]);
    const all = collect(a);
    await workspace.read();
    await workspace.join("b");
    workspace.append(
      message("@a look", { payload: { content: "@a look", mentions: ["a"] }, source: "human:eve" }),
    );
    workspace.append({ payload: { content: "yes", reply_to_id: "log-0001" } });
    workspace.append(message("psst", { target: "openagents:a" }));
    workspace.append(message("not yours", { target: "openagents:z" }));
    workspace.append(message("own", { source: "openagents:a" }));
    workspace.append({ payload: { content: "hm", message_type: "thinking" } });
    workspace.append({
      type: "network.agent.remove",
      source: "openagents:b",
      target: "core",
      payload: { agent_name: "b" },
    });
    workspace.append({ type: "Weird Type!", payload: { n: 1 } });
    await waitUntil(() => all.some(({ eventName }) => eventName === "onm.event.received"));
    expect(messages.map(({ eventName, text, sourceId }) => [eventName, text, sourceId])).toEqual([
      ["channel.message.posted", "@a look", "human:eve"],
      ["channel.message.replied", "yes", "ann"],
      ["direct.message.received", "psst", "ann"],
    ]);
    expect(presence.map(({ eventName, payload }) => [eventName, payload.agent_id])).toEqual([
      ["agent.joined", "b"],
      ["agent.left", "b"],
    ]);
    expect(presence[0]?.payload.metadata).toMatchObject({ role: "member" });
    expect(all.at(-1)?.payload).toEqual({ n: 1, type: "Weird Type!" });
    expect(JSON.stringify(all)).not.toContain("session");
    expect(messages[0]?.timestampMs).toBeGreaterThan((messages[0]?.timestamp ?? 0) * 1_000 - 1);
  });

  it("OA-60 nothing is lost over an outage, a control event neither, and nothing comes twice", async () => {
    await using workspace = await TestWorkspace.start({ pushes });
    const a = await workspace.join("a");
    const seen = collect(a, ["workspace.agent.control", "thread.*"]);
    await workspace.read();
    const outage = Promise.withResolvers<void>();
    a.on("reconnecting", () => outage.resolve());
    workspace.intercept = (_, response) => {
      response.destroy();
      return true;
    };
    if (pushes) {
      // The stream stands, whatever new requests meet: cut it.
      workspace.append({ type: "ab.cd", target: "core" });
    }
    for (let n = 0; n < 1_100; n += 1) {
      workspace.append(message(`m${n}`));
    }
    workspace.append({
      type: "workspace.agent.control",
      target: "openagents:a",
      payload: { action: "stop" },
    });
    if (!pushes) {
      await outage.promise;
    }
    workspace.intercept = undefined;
    await waitUntil(() => seen.some(({ eventName }) => eventName === "workspace.agent.control"), {
      withinMs: 20_000,
    });
    expect(seen.slice(0, -1).map(({ text }) => text)).toEqual(
      Array.from({ length: 1_100 }, (_, n) => `m${n}`),
    );
    expect(seen.at(-1)?.payload).toEqual({ action: "stop" });
  });
});

describe("a hosted workspace", () => {
  it("OA-60 asks for pushes with each connection, also where they could not be had during an outage", async () => {
    await using workspace = await TestWorkspace.start({ pushes: true });
    const a = await workspace.join("a");
    const seen = collect(a, ["thread.*"]);
    await workspace.read();
    const opened = (): number => workspace.asked("GET /v1/events/stream").length;
    workspace.intercept = (_, response) => {
      response.destroy();
      return true;
    };
    workspace.cut();
    await waitUntil(() => opened() >= 4, { withinMs: 20_000 });
    workspace.intercept = undefined;
    workspace.append(message("one"));
    await waitUntil(() => seen.length === 1, { withinMs: 20_000 });
  });

  it("OA-60 an event that comes to stand before the cursor is read, and a cursor that is forgotten replays nothing", async () => {
    await using workspace = await TestWorkspace.start();
    const a = await workspace.join("a");
    const seen = collect(a, ["thread.*"]);
    await workspace.read();
    const { timestamp } = workspace.append(message("second", { id: "m-5" }));
    await waitUntil(() => seen.length === 1);
    workspace.append(message("first", { id: "m-4", timestamp }));
    await waitUntil(() => seen.length === 2);
    expect(seen.map(({ text }) => text)).toEqual(["second", "first"]);
    workspace.log.length = 0;
    workspace.append(message("old", { id: "a-1", timestamp: timestamp - 60_000 }));
    workspace.append(message("new", { id: "z-1", timestamp: timestamp + 1_000 }));
    await waitUntil(() => seen.length === 3);
    await workspace.read();
    expect(seen.map(({ text }) => text)).toEqual(["second", "first", "new"]);
  });

  it("OA-58 a session that another has taken over ends, and is not fought for", async () => {
    await using workspace = await TestWorkspace.start();
    const errors: string[] = [];
    const a = await workspace.join("a", {}, { onError: ({ name }) => errors.push(name) });
    await workspace.join("a");
    const joins = workspace.asked("POST /v1/join").length;
    const response = await a.workspace().channel("general").post("still me?");
    expect(response).toMatchObject({ success: false });
    expect(response.message).toContain("session_revoked");
    await waitUntil(() => a.connector?.isConnected === false);
    expect(a.lastError).toMatchObject({ name: "SessionRevoked" });
    expect(errors).toEqual(["SessionRevoked"]);
    expect(workspace.asked("POST /v1/join")).toHaveLength(joins);
  });

  it("OA-59 posts go under the session, to a channel that is made and joined first, and have the server's id", async () => {
    await using workspace = await TestWorkspace.start();
    workspace.channels.set("dev", { title: "Dev", participants: ["z"] });
    const a = await workspace.join("a");
    const ws = a.workspace();
    const { data, success } = await ws.channel("#general").post("Hello!");
    expect(success).toBe(true);
    await ws.channel("general").postWithMention("look", ["b", "c"]);
    await ws.channel("dev").post("there");
    await ws.channel("general").reply(String(data?.message_id), "more");
    const posts = workspace
      .asked("POST /v1/events")
      .map(({ body }) => [body.type, body.target, body.payload]);
    expect(posts).toEqual([
      [
        "network.channel.create",
        "core",
        { name: "general", title: "general", master: "a", participants: ["a"] },
      ],
      [
        "workspace.message.posted",
        "channel/general",
        { content: "Hello!", message_type: "chat", sender_type: "agent" },
      ],
      [
        "workspace.message.posted",
        "channel/general",
        { content: "@b @c look", message_type: "chat", sender_type: "agent", mentions: ["b", "c"] },
      ],
      ["network.channel.join", "core", { channel: "dev", agent_name: "a" }],
      [
        "workspace.message.posted",
        "channel/dev",
        { content: "there", message_type: "chat", sender_type: "agent" },
      ],
      [
        "workspace.message.posted",
        "channel/general",
        { content: "more", message_type: "chat", sender_type: "agent", reply_to_id: data?.message_id },
      ],
    ]);
    const sent = workspace.asked("POST /v1/events")[1]?.body;
    expect(sent).toMatchObject({
      source: "openagents:a",
      network: "ws-1",
      metadata: { session_id: workspace.sessions.get("a") },
    });
    expect(data?.message_id).toBe(workspace.log.find(({ payload }) => payload.content === "Hello!")?.id);
    expect(JSON.stringify(data)).not.toContain("session");
    expect(await ws.channels()).toEqual(["dev", "general"]);
    expect(await ws.agents()).toEqual(["a", "gone"]);
    expect((await ws.channel("general").getMessages({ limit: 2 })).map(({ text }) => text)).toEqual([
      "more",
      "@b @c look",
    ]);
    expect(await ws.createChannel("general")).toMatchObject({
      success: true,
      message: "Channel general exists",
    });
    await expect(ws.channel("general").react("x", "👍")).rejects.toMatchObject({ name: "Unsupported" });
  });

  it("OA-40 requests find their answers by the server's id, also where these come first", async () => {
    await using workspace = await TestWorkspace.start();
    const a = await workspace.join("a");
    const b = await workspace.join("b");
    b.registerEventHandler((event) => event.reply(`to ${event.text}`), ["direct.message.received"]);
    await workspace.read(4);
    const replies = ["one", "two"].map((text) => a.workspace().agent("b").sendAndWait(text, { timeout: 20 }));
    expect((await Promise.all(replies)).map((reply) => reply?.text)).toEqual(["to one", "to two"]);
    const [answered] = workspace.log.filter(({ source }) => source === "openagents:b").slice(-2);
    expect(answered?.metadata.in_reply_to).toBe(answered?.payload.reply_to_id);

    workspace.beforeAnswer = async (event) => {
      if (event.payload.content === "three") {
        workspace.append({
          source: "openagents:z",
          target: "openagents:a",
          payload: { content: "already" },
          metadata: { in_reply_to: event.id },
        });
        await workspace.read(3);
      }
    };
    expect((await a.workspace().agent("z").sendAndWait("three", { timeout: 20 }))?.text).toBe("already");
  });

  it("OA-41 postAndWait takes the reply to its own post", async () => {
    await using workspace = await TestWorkspace.start();
    const a = await workspace.join("a");
    await workspace.read();
    workspace.beforeAnswer = async (event) => {
      if (event.payload.content === "anyone?") {
        workspace.append({ payload: { content: "other", reply_to_id: "log-0001" } });
        workspace.append({ payload: { content: "me", reply_to_id: event.id } });
        await workspace.read(3);
      }
    };
    expect((await a.workspace().channel("general").postAndWait("anyone?", { timeout: 20 }))?.text).toBe("me");
  });

  it("OA-62 files go up, are listed, and come down as they were", async () => {
    await using workspace = await TestWorkspace.start();
    const a = await workspace.join("a");
    const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => at % 256);
    const file = await a
      .workspace()
      .channel("general")
      .uploadFile(bytes, { filename: "b.bin", description: "look" });
    expect(file).toMatchObject({ fileId: "file-1", size: 5 });
    expect(workspace.asked("POST /v1/files/base64")[0]?.body).toMatchObject({
      filename: "b.bin",
      source: "openagents:a",
      channel_name: "general",
      post_to_channel: true,
      caption: "look",
    });
    expect(await a.workspace().listFiles()).toMatchObject([
      { fileId: "file-1", uploadedBy: "a", channel: "general" },
    ]);
    const down = await a.workspace().downloadFile("file-1");
    expect(down.filename).toBe("b.bin");
    expect(Buffer.from(down.bytes).equals(Buffer.from(bytes))).toBe(true);
    await expect(a.workspace().downloadFile("nope")).rejects.toThrow("File not found");
    await expect(a.workspace().channel("general").uploadFile("/no/such/file")).rejects.toMatchObject({
      code: "ENOENT",
    });
  });

  it("OA-13 events of the page keep type and payload, under addresses of the workspace", async () => {
    await using workspace = await TestWorkspace.start();
    const a = await workspace.join("a");
    const response = await a.sendEvent({
      eventName: "custom.task.completed",
      sourceId: "agent:a",
      destinationId: "channel:general",
      payload: { task: "x" },
    });
    expect(response).toMatchObject({ success: true, eventName: "custom.task.completed" });
    await a.sendAgentMessage("b", { text: "hi" });
    await a.sendEvent({ eventName: "ab.cd", destinationId: "broadcast" });
    await expect(a.sendEvent({ eventName: "ab.cd", destinationId: "group:x" })).rejects.toThrow(
      "it has channels and agents",
    );
    expect(
      workspace.asked("POST /v1/events").map(({ body }) => [body.type, body.target, body.visibility]),
    ).toEqual([
      ["custom.task.completed", "channel/general", undefined],
      ["agent.message", "openagents:b", "direct"],
      ["ab.cd", "agent:broadcast", undefined],
    ]);
    expect(await a.listAgents()).toMatchObject([
      { id: "gone", connected: false },
      { id: "a", connected: true },
    ]);
    expect(await a.listMods()).toEqual([{ name: "messaging" }]);
  });

  it("OA-18 subscriptions narrow here too", async () => {
    await using workspace = await TestWorkspace.start();
    const a = await workspace.join("a");
    const seen = collect(a, ["*"]);
    await workspace.read();
    const subscribed = await a.subscribeEvents(["channel.message.*"]);
    workspace.append({ type: "ab.cd" });
    workspace.append(message("this"));
    await waitUntil(() => seen.length === 1);
    expect(seen[0]?.text).toBe("this");
    expect(await a.unsubscribeEvents("nope")).toMatchObject({ success: false });
    await a.unsubscribeEvents(String(subscribed?.data?.subscription_id));
    workspace.append({ type: "ab.ce" });
    await waitUntil(() => seen.length === 2);
  });

  it("OA-57 keeps its presence by heartbeats under its session, and joins anew where it was forgotten", async () => {
    await using workspace = await TestWorkspace.start();
    const clock = createFakeClock();
    await workspace.join("a", { pollIntervalMs: 10_000 }, { clock });
    const joins = () => workspace.asked("POST /v1/join").length;
    const beats = () => workspace.asked("POST /v1/heartbeat").length;
    const untilThen = (condition: () => boolean): Promise<void> =>
      waitUntil(async () => {
        await clock.advance(1_000);
        return condition();
      });
    await untilThen(() => beats() === 1);
    expect(workspace.asked("POST /v1/heartbeat")[0]?.body).toEqual({
      agent_name: "a",
      network: "ws-1",
      session_id: workspace.sessions.get("a"),
    });
    workspace.intercept = ({ path }, response) => {
      if (path === "/v1/heartbeat" && joins() === 1) {
        response.writeHead(404, { "content-type": "application/json" });
        response.end(JSON.stringify({ code: 404, message: "Agent not in network", data: null }));
        return true;
      }
      return false;
    };
    await untilThen(() => joins() === 2);
  });

  it("OA-57 a token that is not taken is said to be that", async () => {
    await using workspace = await TestWorkspace.start();
    await expect(workspace.join("a", { token: "x" })).rejects.toMatchObject({ name: "InvalidToken" });
    const a = await workspace.join("a");
    workspace.intercept = ({ path }, response) => {
      if (path === "/v1/events") {
        response.writeHead(401, { "content-type": "application/json" });
        response.end(JSON.stringify({ code: 401, message: "Invalid workspace credentials", data: null }));
      }
      return path === "/v1/events";
    };
    await waitUntil(() => a.connector?.isConnected === false);
    expect(a.lastError).toMatchObject({ name: "InvalidToken" });
  });
});

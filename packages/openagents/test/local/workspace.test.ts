// The workspace and the network as one world: what is said on one side is heard on the other.
import { describe, expect, it } from "vitest";
import { type Network, startNetwork } from "./network.ts";
import { createSseReader } from "./sse.ts";

async function join(network: Network, name: string, more: object = {}) {
  const { body } = await network.call("POST", "/v1/join", {
    body: { agent_name: name, token: network.server.workspaceToken, network: "local", ...more },
  });
  return body.data;
}

const message = (source: string, target: string, content: string, more: object = {}) => ({
  type: "workspace.message.posted",
  source,
  target,
  payload: { content, message_type: "chat" },
  network: "local",
  ...more,
});

describe("workspace", () => {
  it("OA-56 the server is found as a workspace too", async () => {
    await using network = await startNetwork();
    expect((await network.call("GET", "/.well-known/openagents.json")).body).toMatchObject({
      onm_version: "1.0",
      transports: [{ type: "http", url: `${network.server.url}/v1` }],
    });
    expect((await network.call("GET", "/health")).body).toEqual({ status: "ok" });
    expect((await network.call("GET", "/v1/nope")).body).toEqual({ detail: "Not Found" });
  });

  it("OA-65 posts and direct messages cross both ways, under one id", async () => {
    await using network = await startNetwork();
    const a = await network.agent("a");
    await join(network, "zed");
    const id = await a.post("general", "from the network");
    await a.send("thread.direct_message.send", "zed", {
      target_agent_id: "zed",
      content: { text: "psst" },
      response_to: "r1",
    });
    const { events } = (await network.workspace("GET", "/v1/events?network=local&type=workspace.message"))
      .body.data;
    expect([...events]).toMatchObject([
      {
        id,
        type: "workspace.message.posted",
        source: "openagents:a",
        target: "channel/general",
        payload: { content: "from the network", message_type: "chat", sender_type: "agent" },
      },
      {
        target: "openagents:zed",
        visibility: "direct",
        payload: { content: "psst" },
        metadata: { in_reply_to: "r1" },
      },
    ]);
    const posted = await network.workspace(
      "POST",
      "/v1/events",
      message("openagents:zed", "channel/general", "from outside"),
    );
    const reply = { payload: { content: "yes", reply_to_id: id } };
    await network.workspace("POST", "/v1/events", message("human:ann", "channel/general", "", reply));
    const direct = await network.workspace(
      "POST",
      "/v1/events",
      message("openagents:zed", "openagents:a", "dm", { metadata: { in_reply_to: "q" } }),
    );
    expect(await a.poll()).toMatchObject([
      {
        event_name: "thread.channel_message.notification",
        source_id: "zed",
        payload: {
          channel: "general",
          content: { text: "from outside" },
          original_event_id: posted.body.data.id,
        },
      },
      {
        event_name: "thread.reply.notification",
        source_id: "human:ann",
        payload: { original_message_id: id, original_sender: "a", thread_level: 1, content: { text: "yes" } },
      },
      {
        event_name: "thread.direct_message.notification",
        source_id: "zed",
        payload: {
          sender_id: "zed",
          content: { text: "dm" },
          response_to: "q",
          original_event_id: direct.body.data.id,
        },
      },
    ]);
    const { data } = await a.send("thread.channel_messages.retrieve", "", { channel: "general" });
    expect([...data.messages].map(({ sender_id }) => sender_id)).toEqual(["human:ann", "zed", "a"]);
  });

  it("OA-65 custom events cross as what they are, and what only a server says stays", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    await join(network, "zed");
    await Promise.all([a.all(), b.all()]);
    await a.send("custom.done", "channel:general", { n: 1 });
    await a.send("agent.message", "b", { private: true });
    await a.send("agent.message", "zed", { n: 2 });
    const post = (type: string, target: string) =>
      network.workspace("POST", "/v1/events", {
        type,
        source: "openagents:zed",
        target,
        payload: { n: 3 },
        network: "local",
      });
    const back = await post("custom.back", "channel/general");
    await post("system.agent_kicked", "agent:broadcast");
    await post("discovery.notification.agent_connected", "agent:broadcast");
    const told = await b.poll();
    expect(told.map(({ event_name, source_id }) => [event_name, source_id])).toEqual([
      ["custom.done", "a"],
      ["agent.message", "a"],
      ["custom.back", "zed"],
    ]);
    expect(told[2]?.event_id).toBe(back.body.data.id);
    const { events } = (await network.workspace("GET", "/v1/events?network=local")).body.data;
    expect([...events].map(({ type, target }) => [type, target])).toEqual([
      ["network.agent.join", "core"],
      ["custom.done", "channel/general"],
      ["agent.message", "openagents:zed"],
      ["custom.back", "channel/general"],
      ["system.agent_kicked", "agent:broadcast"],
      ["discovery.notification.agent_connected", "agent:broadcast"],
    ]);
  });

  it("OA-65 with the token alone nobody speaks as an agent of the network, nor as the network", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    await join(network, "zed");
    await Promise.all([a.all(), b.all()]);
    const forged = [
      "openagents:a",
      "a",
      "system",
      "openagents:system",
      "mod:x",
      "openagents:mod:x",
      "agent:a",
      "",
    ];
    for (const source of forged) {
      const event = { source, target: "channel/general", payload: { content: "x" }, network: "local" };
      for (const type of ["workspace.message.posted", "custom.done", "network.channel.create"]) {
        const { status } = await network.workspace("POST", "/v1/events", { ...event, type });
        expect([source, type, status]).toEqual([source, type, 403]);
      }
      const file = { filename: "x", content_base64: "aGk=", source, network: "local" };
      const posted = { ...file, channel_name: "general", post_to_channel: true, caption: "x" };
      expect((await network.workspace("POST", "/v1/files/base64", posted)).status).toBe(403);
    }
    expect(await b.poll()).toEqual([]);
    expect((await network.workspace("GET", "/v1/files?network=local")).body.data.total).toBe(0);
  });

  it("each side lists the other, and the newest of two of one name wins", async () => {
    await using network = await startNetwork();
    const a = await network.agent("a", { metadata: { type: "coder" } });
    const first = await join(network, "zed", { metadata: { name: "Zed" } });
    expect((await a.system("list_agents")).data.agents).toMatchObject([
      { agent_id: "a" },
      { agent_id: "zed", name: "Zed", connected: true, metadata: { onm: true } },
    ]);
    const { agents } = (await network.workspace("GET", "/v1/discover?network=local")).body.data;
    expect([...agents].map(({ address, agent_type }) => [address, agent_type])).toEqual([
      ["openagents:zed", null],
      ["openagents:a", "coder"],
    ]);
    const zed = await network.agent("zed");
    const beat = { agent_name: "zed", network: "local", session_id: first.session_id };
    expect((await network.workspace("POST", "/v1/heartbeat", beat)).body.message).toMatch(
      /^session_revoked: /,
    );
    expect(
      (await network.workspace("POST", "/v1/events", message("openagents:zed", "channel/general", "x")))
        .status,
    ).toBe(403);
    await join(network, "zed");
    expect((await zed.send("agent.message", "a")).success).toBe(false);
  });

  it("OA-58 OA-64 a second join revokes the first, and no session is ever shown", async () => {
    await using network = await startNetwork();
    const first = await join(network, "zed");
    const second = await join(network, "zed");
    const post = (session: string) =>
      network.workspace(
        "POST",
        "/v1/events",
        message("openagents:zed", "channel/general", "x", { metadata: { session_id: session, k: 1 } }),
      );
    expect((await post(first.session_id)).status).toBe(401);
    expect((await post(second.session_id)).body.data.metadata).toEqual({ k: 1 });
    const log = await network.workspace("GET", "/v1/events?network=local");
    expect(log.text).not.toContain(second.session_id);
    const body = { agent_name: "zed", network: "local" };
    expect((await network.call("POST", "/v1/heartbeat", { body })).status).toBe(401);
    expect((await network.call("POST", "/v1/leave", { body })).status).toBe(401);
    const bad = await network.call("POST", "/v1/join", { body: { token: "t-o-k-e-n" } });
    expect([bad.status, bad.text.includes("t-o-k-e-n")]).toEqual([422, false]);
  });

  it("OA-59 OA-66 the log streams as it grows, under ids of the server, and goes on behind one", async () => {
    await using network = await startNetwork();
    const a = await network.agent("a");
    const url = `${network.server.url}/v1/events/stream?network=local&channel=general&token=${network.server.workspaceToken}`;
    const stream = await createSseReader(url);
    const posted = await network.workspace("POST", "/v1/events", {
      ...message("human:ann", "channel/general", "one"),
      id: "mine",
    });
    const one = await stream.next();
    expect(one?.id).toBe(posted.body.data.id);
    expect(one?.id).not.toBe("mine");
    await a.post("dev", "elsewhere");
    await a.post("general", "two");
    expect((await stream.next())?.data.payload.content).toBe("two");
    await stream.close();
    const again = await createSseReader(url, { "last-event-id": one?.id ?? "" });
    expect((await again.next())?.data.payload.content).toBe("two");
    await again.close();
  });

  it("a member without a heartbeat goes offline, and comes back with one", async () => {
    await using network = await startNetwork({ clock: "virtual" });
    const a = await network.agent("a");
    const { session_id } = await join(network, "zed");
    await a.all();
    await network.server.advance(60_000);
    expect((await a.all()).map(({ payload }) => payload)).toEqual([{ agent_id: "zed", reason: "timeout" }]);
    await network.workspace("POST", "/v1/heartbeat", { agent_name: "zed", network: "local", session_id });
    expect((await a.all()).map(({ event_name }) => event_name)).toEqual([
      "discovery.notification.agent_connected",
    ]);
  });

  it("other workspaces are worlds of their own", async () => {
    await using network = await startNetwork();
    const a = await network.agent("a");
    const { data } = (
      await network.call("POST", "/v1/workspaces", { body: { name: "Mine", agent_name: "zed" } })
    ).body;
    expect(data.token).toMatch(/^[\w-]{43}$/);
    const headers = { "x-workspace-token": data.token };
    const body = { ...message("openagents:zed", "channel/general", "secret plan"), network: data.slug };
    expect((await network.call("POST", "/v1/events", { headers, body })).status).toBe(200);
    expect(await a.poll()).toEqual([]);
    expect((await network.workspace("GET", `/v1/events?network=${data.slug}`)).status).toBe(401);
    expect((await network.call("GET", "/v1/discover?network=local", { headers })).status).toBe(401);
    const { agents } = (await network.call("GET", `/v1/discover?network=${data.slug}`, { headers })).body
      .data;
    expect([...agents].map(({ address }) => address)).toEqual(["openagents:zed"]);
  });

  it("OA-62 large files are given as attachments, and gone when they are deleted", async () => {
    await using network = await startNetwork();
    const content = Buffer.alloc(6_400_000, "<script>").toString("base64");
    const upload = {
      filename: "../a<b>.html",
      content_base64: content,
      content_type: "text/html",
      network: "local",
      source: "human:ann",
      channel_name: "general",
      post_to_channel: true,
      caption: "look",
    };
    const { id } = (await network.workspace("POST", "/v1/files/base64", upload)).body.data;
    const got = await network.workspace("GET", `/v1/files/${id}`);
    expect(Buffer.from(got.text).toString("base64")).toBe(content);
    expect(got.headers.get("content-disposition")).toMatch(/^attachment; filename\*=UTF-8''/);
    expect(got.headers.get("x-content-type-options")).toBe("nosniff");
    const { events } = (await network.workspace("GET", "/v1/events?network=local&sort=desc&limit=2")).body
      .data;
    expect([...events].map(({ type }) => type)).toEqual([
      "workspace.message.posted",
      "workspace.file.uploaded",
    ]);
    await network.workspace("DELETE", `/v1/files/${id}`);
    expect((await network.workspace("GET", `/v1/files/${id}`)).status).toBe(404);
    expect((await network.call("POST", "/v1/files/base64", { body: upload })).status).toBe(401);
    for (const bad of ["aGk", "a=Gk", "aG-_", "====", "aGk=aGk="]) {
      const wrong = { ...upload, content_base64: bad };
      expect((await network.workspace("POST", "/v1/files/base64", wrong)).body.message).toBe(
        "Invalid base64 content",
      );
    }
  });
});

import { describe, expect, expectTypeOf, it } from "vitest";
import { AgentClient, type AgentEvent, type ConnectOptions, type EventInput } from "../../src/index.ts";
import { TestNetwork } from "./network.ts";
import { TestWorkspace, token } from "./workspace-server.ts";

/** Everything that the product page shows, in TypeScript. Answers what it printed. */
async function thePage(
  host: string,
  port: number,
  options: ConnectOptions,
  start: () => Promise<unknown>,
): Promise<string[]> {
  const printed: string[] = [];
  const print = (...values: unknown[]): void => void printed.push(values.join(" "));

  // Connecting to a workspace, with authentication
  const client = new AgentClient({ agentId: "my-agent" });
  await client.connectToServer(host, port, {
    ...options,
    metadata: { name: "My Agent", capabilities: ["coding", "research"] },
  });

  // Event handling
  const onMessage = async (event: AgentEvent): Promise<void> => {
    print("Message from", event.source_id, event.text);
  };
  const onAgentJoined = async (event: AgentEvent): Promise<void> => {
    print("Agent joined:", event.payload.agent_id);
  };
  client.registerEventHandler(onMessage, ["channel.message.*"]);
  client.registerEventHandler(onAgentJoined, ["agent.joined"]);

  // Workspace access
  const ws = client.workspace();
  await start();
  await ws.channel("general").post("Hello!");
  print("channels", await ws.channels());
  print("agents", (await ws.agents()).includes("other-bot"));

  // Direct messaging
  await ws.agent("other-bot").send("Hi there!");
  const response = await ws.agent("other-bot").sendAndWait("What's the status?", { timeout: 30.0 });
  print("response", response?.text);

  // Waiting for events
  const waiting = client.waitEvent({
    condition: (e) => e.event_name === "channel.message.posted",
    timeout: 60.0,
  });
  await ws.agent("other-bot").send("post now");
  const event = await waiting;
  if (event) {
    print("Got message:", event.payload.text);
  }

  // Sending events
  await client.sendEvent({
    eventName: "custom.task.completed",
    sourceId: `agent:${client.agentId}`,
    destinationId: "channel:general",
    payload: { task: "data processing", result: "success" },
  });

  // Agent discovery
  const agents = await client.listAgents();
  for (const agent of agents) {
    print("agent", agent.id, agent.name ?? "unnamed");
  }
  await client.sendAgentMessage("other-bot", { text: "Hello from the client API!" });

  // Connection management
  if (client.connector?.isConnected) {
    print("Connected to workspace");
  }
  await client.disconnect();
  return printed;
}

/** Answers requests, and posts when it is told to. */
function otherBot(bot: AgentClient): Promise<unknown> {
  bot.registerEventHandler(
    async (event) => {
      if (event.text === "What's the status?") {
        await event.reply("all well");
      } else if (event.text === "post now") {
        await bot.workspace().channel("general").post("here I am");
      }
    },
    ["direct.message.received"],
  );
  return Promise.resolve();
}

describe("OA-38 the product page", () => {
  it("OA-38 OA-13 OA-39 runs as it stands against a self-hosted network", async () => {
    await using network = await TestNetwork.start();
    const printed = await thePage(
      "127.0.0.1",
      network.port,
      { token: "unused", pollIntervalMs: 10 },
      async () => otherBot(await network.join("other-bot")),
    );
    expect(printed).toEqual(
      expect.arrayContaining([
        "Agent joined: my-agent",
        "Agent joined: other-bot",
        "channels general,made",
        "agents true",
        "response all well",
        "Message from other-bot here I am",
        "Got message: here I am",
        "agent my-agent My Agent",
        "Connected to workspace",
      ]),
    );
    expect(network.sent("custom.task.completed")).toHaveLength(1);
  });

  it.each([false, true])("OA-38 OA-13 OA-39 and against a hosted workspace, pushes: %s", async (pushes) => {
    await using workspace = await TestWorkspace.start({ pushes });
    const printed = await thePage("127.0.0.1", workspace.port, { token, pollIntervalMs: 10 }, async () => {
      await otherBot(await workspace.join("other-bot"));
      await workspace.followed(2);
    });
    expect(printed).toEqual(
      expect.arrayContaining([
        "Agent joined: other-bot",
        "channels general",
        "agents true",
        "response all well",
        "Message from other-bot here I am",
        "Got message: here I am",
        "Connected to workspace",
      ]),
    );
  });
});

describe("types", () => {
  const client = new AgentClient();

  it("OA-38 a handler of known names gets their payloads, of others any", () => {
    client.registerEventHandler(
      (event) => {
        expectTypeOf(event.eventName).toEqualTypeOf<
          "channel.message.posted" | "channel.message.replied" | "channel.message.mentioned"
        >();
        expectTypeOf(event.payload.text).toEqualTypeOf<string>();
        if (event.eventName === "channel.message.replied") {
          expectTypeOf(event.payload.parent_id).toEqualTypeOf<string>();
        }
      },
      ["channel.message.*"],
    );
    client.registerEventHandler(
      ({ payload }) => {
        expectTypeOf(payload.agent_id).toEqualTypeOf<string>();
      },
      ["agent.joined", "agent.left"],
    );
    client.registerEventHandler(
      (event) => {
        expectTypeOf(event).toEqualTypeOf<AgentEvent>();
        expectTypeOf(event.payload.task).toEqualTypeOf<unknown>();
      },
      ["custom.task.completed", "agent.joined"],
    );
    client.registerEventHandler((event) => expectTypeOf(event).toEqualTypeOf<AgentEvent>());
    client.registerEventHandler((event) => expectTypeOf(event).toEqualTypeOf<AgentEvent>(), ["agent.*"]);
    const patterns: string[] = ["channel.message.whatever"];
    client.registerEventHandler((event) => expectTypeOf(event).toEqualTypeOf<AgentEvent>(), patterns);
    const general = async (event: AgentEvent): Promise<void> => expect(event).toBeDefined();
    client.registerEventHandler(general, ["channel.message.posted"]);
    expect(client.unregisterEventHandler(general)).toBe(true);
  });

  it("OA-36 a slip in a server's name does not compile, a name of one's own does", () => {
    // @ts-expect-error there is no such event
    client.registerEventHandler(() => undefined, ["channel.message.postd"]);
    // @ts-expect-error none begins so
    client.registerEventHandler(() => undefined, ["system.agent_kiked*"]);
    // @ts-expect-error one of two
    client.registerEventHandler(() => undefined, ["custom.task.done", "direct.message.recieved"]);
    client.registerEventHandler(() => undefined, ["agent.status.changed", "thread.mine.done", "my*", "*"]);
    const input: EventInput = { eventName: "custom.task.completed" };
    // @ts-expect-error a misspelt member
    const wrong: EventInput = { eventName: "custom.task.completed", destination: "b" };
    expect(input.eventName).toBe(wrong.eventName);
    for (const event of [client.events({ patterns: ["direct.message.received"] })]) {
      expectTypeOf(event.next()).resolves.toHaveProperty("value");
    }
  });
});

// Our client on a real network of the official package, over HTTP and gRPC, with official agents as peers; the network shows
// secrets to everybody, our client to nobody; and it comes back when the network has lost all it knew.
import assert from "node:assert/strict";
import { join } from "node:path";
import { startServerProcess, waitUntil } from "@x/core/testing";
import type { AgentClient, AgentEvent, ConnectOptions } from "@x/openagents";
import { preparePython } from "../../shared/pytest.ts";
import { runSteps, type Steps } from "../../shared/steps.ts";
import { type Counts, sumOf } from "../../shared/suite.ts";
import { official } from "../official.ts";
import { type OfficialNetwork, startOfficialNetwork } from "./official-network.ts";
import { productPage } from "./product-page.ts";
import { createRecords, type Records, secretsIn } from "./secrets.ts";

export const prepare = (): void => void preparePython(official);

/** Two agents of ours, one of each transport, seen by the first. */
interface Stage {
  readonly transport: "http" | "grpc";
  readonly port: number;
  readonly mine: AgentClient;
  readonly other: AgentClient;
  readonly records: Records;
}

/** Of HTTP and of gRPC. */
const peerIds = ["other-bot", "third-bot"];
const within = { withinMs: 20_000 };
const general = (client: AgentClient) => client.workspace().channel("general");

async function connect(
  client: AgentClient,
  port: number,
  transport: Stage["transport"],
  more: ConnectOptions = {},
): Promise<AgentClient> {
  const options = { transport, pollIntervalMs: 50, ...more };
  assert.ok(await client.connectToServer("127.0.0.1", port, options), client.lastError?.message);
  return client;
}

/** The next event of a client that is so, from before what brings it about. */
function next(client: AgentClient, condition: (event: AgentEvent) => boolean): Promise<AgentEvent> {
  return client.waitEvent({ condition, timeout: 20 }).then((event) => {
    assert.ok(event, "the event did not come");
    return event;
  });
}

/** A peer's post, as a client hears of it. */
async function postOf(peer: string, client: AgentClient, text: string): Promise<AgentEvent> {
  const heard = next(client, (event) => event.eventName === "channel.message.posted" && event.text === text);
  await client.workspace().agent(peer).send(`post ${text}`);
  return await heard;
}

const stepsOf = ({ transport, port, mine, other, records }: Stage, everybody: readonly string[]): Steps => ({
  "OA-17 finds all agents by their ids": async () => {
    assert.equal(mine.connector?.transport, transport);
    assert.deepEqual((await mine.listAgents()).map(({ id }) => id).toSorted(), everybody.toSorted());
    assert.deepEqual((await mine.workspace().agents()).toSorted(), everybody.toSorted());
    assert.equal((await mine.workspace().agent(other.agentId).info())?.metadata.role, "other");
    assert.ok((await mine.listMods()).some(({ name }) => name === "openagents.mods.workspace.messaging"));
  },

  "OA-38 OA-13 OA-39 the program of the product page, as it stands": async () => {
    const newcomer = records.client("newcomer");
    const page = records.client("my-agent");
    const printed = await productPage(page, port, { transport, pollIntervalMs: 50 }, () =>
      connect(newcomer, port, transport),
    );
    await newcomer.disconnect();
    for (const line of [
      "Agent joined: newcomer",
      "channels general",
      `agents ${["my-agent", "newcomer", ...everybody].toSorted()}`,
      "response all well",
      "Message from other-bot here I am",
      "Got message: here I am",
      "sent true",
      "agent my-agent My Agent",
      "Connected to workspace",
      "disconnected true",
    ]) {
      assert.ok(printed.includes(line), `${line}\nis not in\n${printed.join("\n")}`);
    }
  },

  "OA-40 asks official agents, which know of no request": async () => {
    const answers = await Promise.all(
      peerIds.map((peer) => mine.workspace().agent(peer).sendAndWait("What's the status?", { timeout: 20 })),
    );
    assert.deepEqual(
      answers.map((answer) => answer?.text),
      ["all well", "all well"],
    );
  },

  "OA-40 OA-49 asks our own on the other transport, twice at once, answered in reverse": async () => {
    const asked: AgentEvent[] = [];
    const stop = other.registerEventHandler((event) => void asked.push(event), ["direct.message.received"]);
    const agent = mine.workspace().agent(other.agentId);
    const answers = ["one", "two"].map((each) => agent.sendAndWait(each, { timeout: 20 }));
    await waitUntil(() => asked.length === 2, within);
    for (const event of asked.toReversed()) {
      await event.reply(`to ${event.text}`);
    }
    stop();
    assert.deepEqual(
      (await Promise.all(answers)).map((answer) => answer?.text),
      ["to one", "to two"],
    );
  },

  "OA-41 OA-25 posts and waits for the reply to that post": async () => {
    for (const peer of peerIds) {
      const answered = general(mine).postAndWait(`${peer}, anyone?`, { timeout: 20 });
      // A reply to something else meanwhile.
      const decoy = await general(mine).post("something else");
      await general(other).reply(String(decoy.data?.message_id), "not what you wait for");
      const reply = await answered;
      assert.deepEqual([reply?.sourceId, reply?.text], [peer, "I do"]);
    }
  },

  "OA-24 replies in threads of official agents, which know which post is meant": async () => {
    for (const peer of peerIds) {
      const post = await postOf(peer, mine, `a thread by ${peer} over ${transport}`);
      const told = next(
        mine,
        (event) => event.eventName === "direct.message.received" && event.sourceId === peer,
      );
      assert.ok((await post.reply("here")).success);
      assert.equal((await told).text, `reply to ${post.payload.message_id}: here`);
    }
  },

  "OA-31 reacts, and hears of reactions once, though the network tells of them twice": async () => {
    const post = await general(mine).post(`like me over ${transport}`);
    const id = String(post.data?.message_id);
    const reactions: AgentEvent[] = [];
    const stop = mine.registerEventHandler((event) => void reactions.push(event), ["workspace.reaction.*"]);
    const liked = general(mine).waitForReaction({ message: id, from: "other-bot", timeout: 20 });
    await mine.workspace().agent("other-bot").send(`react ${id}`);
    assert.equal((await liked)?.payload.reaction, "like");
    const first = await general(other).react(id, "🎉");
    assert.deepEqual([first.success, first.reaction, first.total], [true, "party", 1]);
    assert.equal((await general(other).react(id, "party")).success, false);
    assert.equal((await general(other).react(id, "party", "remove")).success, true);
    await waitUntil(() => reactions.some(({ eventName }) => eventName.endsWith(".removed")), within);
    stop();
    assert.deepEqual(
      reactions.map(({ eventName, sourceId }) => `${eventName} ${sourceId}`),
      [
        "workspace.reaction.added other-bot",
        `workspace.reaction.added ${other.agentId}`,
        `workspace.reaction.removed ${other.agentId}`,
      ],
    );
    const [shown] = await general(mine).getMessages({ limit: 1 });
    assert.deepEqual([shown?.messageId, shown?.reactions], [id, { like: 1 }]);
  },

  "OA-30 OA-16 files go to our agents and to official ones; what is too big is told": async () => {
    const bytes = Uint8Array.from({ length: 60_000 }, (_, index) => index * 7);
    const { fileId } = await general(mine).uploadFile(bytes, { filename: "all.bin" });
    const found = await other.workspace().downloadFile(fileId);
    assert.deepEqual([found.filename, Buffer.from(found.bytes).equals(bytes)], ["all.bin", true]);
    const told = next(
      mine,
      ({ eventName, text }) => eventName === "direct.message.received" && text.startsWith("all.bin "),
    );
    await mine.workspace().agent("third-bot").send(`download ${fileId}`);
    assert.equal((await told).text, `all.bin ${Buffer.from(bytes).toString("base64")}`);
    await assert.rejects(general(mine).uploadFile(new Uint8Array(5_000_000)), { code: "too_large" });
    await assert.rejects(mine.workspace().downloadFile("none"));
    await assert.rejects(mine.workspace().listFiles(), { code: "unsupported" });
  },

  "OA-28 reads what was said, and nothing that was only asked": async () => {
    const messages = await general(mine).getMessages({ limit: 500 });
    assert.ok(
      messages.length > 5 && messages.every(({ text, channel }) => text !== "" && channel === "general"),
    );
    assert.deepEqual(await mine.workspace().channel("nowhere").getMessages(), []);
  },

  "OA-18 subscriptions narrow, by the names of the documents too": async () => {
    const seen: string[] = [];
    const stop = mine.registerEventHandler(({ eventName }) => void seen.push(eventName));
    const subscription = await mine.subscribeEvents(["channel.message.*"]);
    await other.sendAgentMessage(mine.agentId, { text: "narrowed away" });
    await postOf("third-bot", mine, `subscribed over ${transport}`);
    assert.ok(!seen.includes("agent.message"), String(seen));
    assert.ok((await mine.unsubscribeEvents(String(subscription?.data?.subscription_id)))?.success);
    const again = next(mine, (event) => event.eventName === "agent.message");
    await other.sendAgentMessage(mine.agentId, { text: "there again" });
    assert.equal((await again).text, "there again");
    stop();
  },

  "OA-4 OA-46 takes its id back from a process that died": async () => {
    const lost = await connect(records.client("phoenix"), port, transport, { reconnect: false });
    const reborn = await connect(records.client("phoenix"), port, transport);
    const heard = next(reborn, (event) => event.eventName === "agent.message");
    await other.sendAgentMessage("phoenix", { text: "to the newer one" });
    assert.equal((await heard).text, "to the newer one");
    await reborn.disconnect();
    await lost.disconnect();
  },
});

/** Everything that anybody can ask for goes to the records, too. */
async function askForAll({ mine, other, records }: Stage): Promise<void> {
  const ask = (eventName: string, destinationId: string, payload = {}): Promise<unknown> =>
    mine.sendEvent({ eventName, destinationId, payload });
  const messaging = "mod:openagents.mods.workspace.messaging";
  records.hand(
    await ask("thread.channel_messages.retrieve", messaging, { channel: "general", limit: 500 }),
    await ask("thread.direct_messages.retrieve", messaging, { target_agent_id: other.agentId, limit: 500 }),
    await ask("thread.direct_messages.retrieve", messaging, { target_agent_id: "other-bot", limit: 500 }),
    await ask("thread.channels.list", messaging, { action: "list_channels" }),
    await ask("system.list_agents", "system:system"),
    await ask("system.poll_messages", "system:system", { agent_id: mine.agentId }),
    await ask("system.health_check", "system:system"),
    await general(mine).getMessages({ limit: 500, offset: 0 }),
    await mine.listAgents(),
    [...mine.getEventThreads()],
    mine,
    mine.connector,
    mine.lastError,
  );
}

const secrecy = (stages: readonly Stage[], known: ReadonlySet<string>): Steps => ({
  "OA-8 the network shows secrets of others, so that there is something to hide": async () => {
    const [{ records } = assert.fail()] = stages;
    const polled = records.wire.filter((body) => body.includes('"messages"')).flatMap(secretsIn);
    assert.ok(new Set(polled).size >= 3, `only ${new Set(polled).size} in polls`);
  },
  "OA-8 none reaches a handler, a history, an answer or an error of ours": async () => {
    for (const stage of stages) {
      await askForAll(stage);
    }
    const handed = stages.flatMap(({ records }) => records.handed);
    const secrets = new Set([...known, ...stages.flatMap(({ records }) => records.wire.flatMap(secretsIn))]);
    assert.ok(handed.length > 200 && secrets.size >= 6, `${handed.length} records, ${secrets.size} secrets`);
    const shown = handed.filter(
      (text) => secretsIn(text).length > 0 || [...secrets].some((secret) => text.includes(secret)),
    );
    assert.deepEqual(shown, []);
  },
});

const afterwards = (network: OfficialNetwork, stages: readonly Stage[]): Steps => ({
  "OA-44 comes back to a network that was killed and knows nobody any more, with its subscriptions":
    async () => {
      const clients = stages.flatMap(({ mine, other }) => [mine, other]);
      const [{ mine, other } = assert.fail()] = stages;
      await mine.subscribeEvents(["agent.*"]);
      let back = 0;
      for (const client of clients) {
        client.on("reconnected", () => {
          back += 1;
        });
      }
      await network.restart();
      await waitUntil(() => back === clients.length, { withinMs: 60_000 });
      const seen: string[] = [];
      mine.registerEventHandler(({ eventName }) => void seen.push(eventName));
      await other.workspace().agent(mine.agentId).send("narrowed away");
      const heard = next(mine, (event) => event.eventName === "agent.message");
      await other.sendAgentMessage(mine.agentId, { text: "and on it goes" });
      assert.equal((await heard).text, "and on it goes");
      assert.deepEqual(
        seen.filter((name) => name.startsWith("thread.")),
        [],
      );
    },
});

export async function run(): Promise<Counts> {
  const programs = preparePython(official);
  await using network = await startOfficialNetwork(programs);
  const { port } = network;
  await using officials = await startServerProcess(join(import.meta.dirname, "peers.py"), [String(port)], {
    runtime: [join(programs, "python")],
    readyLine: /^ready /,
    readyWithinMs: 60_000,
    stdin: "pipe",
  });
  const known = new Set<string>(JSON.parse(officials.readyLine.slice("ready ".length)));
  const stages: Stage[] = [];
  try {
    for (const [transport, otherWay] of [
      ["http", "grpc"],
      ["grpc", "http"],
    ] as const) {
      const records = createRecords();
      const mine = await connect(records.client(`mine-${transport}`), port, transport);
      const metadata = { role: "other" };
      const other = await connect(records.client(`other-${transport}`), port, otherWay, { metadata });
      stages.push({ transport, port, mine, other, records });
    }
    const everybody = [...peerIds, ...stages.flatMap(({ mine, other }) => [mine.agentId, other.agentId])];
    const counts: Counts[] = [];
    for (const stage of stages) {
      counts.push(await runSteps(`openagents/network over ${stage.transport}`, stepsOf(stage, everybody)));
    }
    counts.push(
      await runSteps("openagents/network", { ...secrecy(stages, known), ...afterwards(network, stages) }),
    );
    return sumOf(counts);
  } finally {
    await Promise.all(stages.flatMap(({ mine, other }) => [mine.disconnect(), other.disconnect()]));
  }
}

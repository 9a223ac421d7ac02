// A story in one command: three agents over three wires share one world with a person, while their server is killed and comes back.
// Exits non-zero if anything in it did not happen.
import { strict as assert } from "node:assert";
import { join } from "node:path";
import type { AgentClient, AgentEvent } from "@x/openagents";
import { say, tell, title } from "../story.ts";
import { type Agent, startAgent } from "./cast.ts";
import { type Network, sayAsPerson, startNetwork } from "./server.ts";

const adminPassword = "correct horse battery staple";

/** The program of the product page, with the wait before what it waits for. */
async function thePage(client: AgentClient): Promise<void> {
  const ws = client.workspace();
  await ws.channel("general").post("Hello!");
  say(`planner posts "Hello!", and sees ${(await ws.channels()).length} channels`);
  const waiting = client.waitEvent({
    condition: (e) => e.event_name === "channel.message.posted",
    timeout: 60,
  });
  await ws.agent("researcher").send("Hi there!");
  const event = await waiting;
  assert.equal(event?.payload.text, "Welcome, planner");
  say(`${event.source_id} says over gRPC: "${event.payload.text}"`);
  await client.sendEvent({
    eventName: "custom.task.completed",
    sourceId: `agent:${client.agentId}`,
    destinationId: "channel:general",
    payload: { task: "data processing", result: "success" },
  });
  const agents = await client.listAgents();
  assert.deepEqual(agents.map(({ id }) => id).sort(), ["planner", "researcher", "writer"]);
  assert(client.connector?.isConnected);
  say(`one list has them all: ${agents.map(({ id, name }) => `${id} (${name})`).join(", ")}`);
}

/** The researcher: welcomes who greets it, and answers questions when the story lets it. */
function answerWhenTold({ client }: Agent): (question: string, answer: string) => Promise<void> {
  const asked: AgentEvent[] = [];
  const arrived = new Map<string, (event: AgentEvent) => void>();
  client.registerEventHandler(
    async (event) => {
      if (event.text === "Hi there!") {
        await client.workspace().channel("general").post(`Welcome, ${event.sourceId}`);
        return;
      }
      asked.push(event);
      arrived.get(event.text)?.(event);
    },
    ["direct.message.received"],
  );
  return async (question, answer) => {
    const { promise, resolve } = Promise.withResolvers<AgentEvent>();
    arrived.set(question, resolve);
    const event = asked.find(({ text }) => text === question) ?? (await promise);
    assert.equal((await event.reply(answer)).success, true);
  };
}

/** What a caller is told that says it is somebody, with the secret it made up. */
async function kickAs(source: string, target: string, { url }: Network): Promise<string> {
  const response = await fetch(`${url}/api/send_event`, {
    method: "POST",
    body: JSON.stringify({
      event_name: "system.kick_agent",
      source_id: source,
      target_agent_id: "system:system",
      payload: { target_agent_id: target, agent_id: source },
      secret: "let me in",
    }),
  });
  const { success, message } = (await response.json()) as { success: boolean; message: string };
  return success ? "kicked" : message;
}

async function story(first: Network, restart: () => Promise<Network>): Promise<void> {
  const { url, token } = first;
  const [grpcHost = "", grpcPort] = first.grpcAddress.split(":");
  await using planner = await startAgent("planner", {
    url,
    password: adminPassword,
    metadata: { name: "Planner", capabilities: ["coding", "research"] },
  });
  await using researcher = await startAgent("researcher", {
    host: grpcHost,
    port: Number(grpcPort),
    transport: "grpc",
    pollIntervalMs: 100,
    metadata: { name: "Researcher" },
  });
  await using writer = await startAgent("writer", {
    url,
    token,
    transport: "workspace",
    metadata: { name: "Writer" },
  });
  const cast = [planner, researcher, writer];
  say(cast.map(({ id, client }) => `${id} by ${client.connector?.transport}`).join(", "));
  const answer = answerWhenTold(researcher);

  title("The program of the product page");
  await thePage(planner.client);

  title("Two questions at once, answered in reverse order");
  const ask = (question: string): Promise<string | undefined> =>
    planner.client
      .workspace()
      .agent("researcher")
      .sendAndWait(question, { timeout: 20 })
      .then((reply) => reply?.text);
  const questions = [ask("How far is the moon?"), ask("How far is the sun?")];
  await answer("How far is the sun?", "8 light minutes");
  await answer("How far is the moon?", "1.3 light seconds");
  assert.deepEqual(await Promise.all(questions), ["1.3 light seconds", "8 light minutes"]);
  say("each question has its own answer: the moon 1.3 light seconds, the sun 8 light minutes");

  title("A file, and a person");
  await writer.client
    .workspace()
    .channel("general")
    .uploadFile(new TextEncoder().encode("# Distances"), { filename: "draft.md", description: "A draft" });
  await planner.hears("writer: A draft");
  const [file] = await planner.client.workspace().listFiles();
  assert(file !== undefined);
  const { bytes } = await planner.client.workspace().downloadFile(file.fileId);
  assert.equal(new TextDecoder().decode(bytes), "# Distances");
  say(`writer shares draft.md in the workspace, and planner reads its ${file.size} bytes on the network`);
  await sayAsPerson(first, "ann", "Looks good");
  await Promise.all(cast.map((each) => each.hears("human:ann: Looks good")));
  say('ann says "Looks good" in the page, and all three hear her');

  title("Somebody would like to be rid of the writer");
  assert.equal(
    await kickAs("planner", "researcher", first),
    "Authentication failed: Invalid or missing secret",
  );
  assert((await planner.client.workspace().agents()).includes("researcher"));
  say("a stranger who says it is planner, an admin: Authentication failed: Invalid or missing secret");

  title("The server is killed while a question is open");
  const open = ask("Is there water on Mars?");
  await planner.client.workspace().channel("general").post("Waiting for Mars");
  await writer.hears("planner: Waiting for Mars");
  await first.kill();
  const killedAt = performance.now();
  await using second = await restart();
  say(`process ${first.pid} was killed with SIGKILL; process ${second.pid} goes on with what it knew`);
  await answer("Is there water on Mars?", "Ice, at the poles");
  assert.equal(await open, "Ice, at the poles");
  say(`the answer came ${Math.round(performance.now() - killedAt)} ms after the kill: ice, at the poles`);
  for (const each of cast) {
    await each.client.workspace().channel("general").post(`${each.id} is still here`);
  }
  for (const { id } of cast) {
    const others = cast.filter((each) => each.id !== id);
    await Promise.all(others.map((each) => each.hears(`${id}: ${id} is still here`)));
  }
  for (const { id, heard, troubles } of cast) {
    assert.equal(new Set(heard).size, heard.length, `${id} heard everything once`);
    assert.deepEqual(troubles, []);
  }
  say("all three go on, have heard everything once, and were told of no trouble");
}

await tell("OpenAgents: three wires, one world", async ({ folder, runs }) => {
  const start = async (before?: Network): Promise<Network> =>
    runs(await startNetwork(join(folder, "data"), adminPassword, before));
  await using network = await start();
  say(`x-openagents runs on ${network.url} (process ${network.pid}), gRPC on ${network.grpcAddress}`);
  await story(network, () => start(network));
});

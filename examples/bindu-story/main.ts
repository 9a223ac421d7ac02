// A story in one command: two functions become agents, one asks the other through the official client of A2A, answers what it is asked
// back and streams; then their core is killed and comes back, with the same names, tasks and signatures. Exits non-zero if anything in
// it did not happen.
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Task } from "@a2a-js/sdk";
import { type Client, ClientFactory } from "@a2a-js/sdk/client";
import { bindufy, type Handler, inputRequired, type RunningAgent, verifyArtifact } from "@x/bindu-bridge";
import { type ServerProcess, startServerProcess } from "../server-process.ts";
import { say, tell, title } from "../story.ts";
import { answerOf, ask, questionOf, saying, textOf } from "./official.ts";

const executable = fileURLToPath(
  new URL("dist/bin/x-bindu.js", import.meta.resolve("@x/bindu-bridge/package.json")),
);

const callerOf = ({ agentUrl }: RunningAgent): Promise<Client> => new ClientFactory().createFromUrl(agentUrl);

/** Makes an agent of a handler, on the core at an address or, without one, on a core inside this process. */
const startAgent = (name: string, handler: Handler, coreAddress?: string): Promise<RunningAgent> =>
  bindufy({ author: "you@example.com", name, deployment: { url: "http://127.0.0.1:0" } }, handler, {
    core: coreAddress === undefined ? "embedded" : "attach",
    coreAddress: coreAddress ?? "127.0.0.1:0",
    callbackPort: 0,
  });

/** Knows the way, once it knows where to. */
const guide: Handler = (_, { history, lastUserMessage }) =>
  history.length === 1 ? inputRequired("Where to?") : `To ${lastUserMessage} by train, 12 hours.`;

/** Does not know the way, and asks who does: an agent like any other, found by nothing but its URL. */
const concierge = (asked: RunningAgent): Handler =>
  async function* () {
    yield "Let me ask. ";
    const client = await callerOf(asked);
    const open = await ask(client, "How do I get there?");
    assert.equal(questionOf(open), "Where to?");
    say(`concierge asks ${asked.did.split(":")[3]}, and is asked back: "${questionOf(open)}"`);
    yield answerOf(await ask(client, "Rome", open));
  };

async function inOneProcess(): Promise<void> {
  title("Two functions become agents, in one process");
  await using guiding = await startAgent("guide", guide);
  await using asking = await startAgent("concierge", concierge(guiding), guiding.coreAddress);
  for (const { did, agentUrl } of [guiding, asking]) {
    say(`${agentUrl} is ${did}`);
  }
  const pieces: string[] = [];
  for await (const { payload } of (await callerOf(asking)).sendMessageStream(saying("To Rome, please"))) {
    const text = payload?.$case === "artifactUpdate" ? textOf(payload.value.artifact?.parts) : "";
    if (text !== "") {
      pieces.push(text);
      say(`the official client reads: ${JSON.stringify(text)}`);
    }
  }
  assert.deepEqual(pieces, ["Let me ask. ", "To Rome by train, 12 hours."]);
}

/** Whether the text of a task was signed with the key that an agent shows now. */
async function isSigned({ agentUrl, did }: RunningAgent, { artifacts }: Task): Promise<boolean> {
  const found = await fetch(`${agentUrl}/did/resolve?did=${encodeURIComponent(did)}`);
  const { authentication } = (await found.json()) as { authentication: { publicKeyBase58: string }[] };
  const [part] = artifacts[0]?.parts ?? [];
  const text = textOf(part && [part]);
  return verifyArtifact({ text, metadata: part?.metadata }, authentication[0]?.publicKeyBase58 ?? "");
}

const didOf = async ({ agentUrl }: RunningAgent): Promise<unknown> => {
  const { application } = (await (await fetch(`${agentUrl}/health`)).json()) as { application: object };
  return Reflect.get(application, "agent_did");
};

async function throughAKill(first: ServerProcess, restart: () => Promise<ServerProcess>): Promise<void> {
  title("A core of its own, killed in the middle of it");
  await using guiding = await startAgent("guide", guide, first.address);
  const client = await callerOf(guiding);
  const done = await ask(client, "Rome", await ask(client, "How do I get there?"));
  const open = await ask(client, "And from there?");
  assert.equal(questionOf(open), "Where to?");
  say(`one task is completed ("${answerOf(done)}"), one waits for an answer`);
  await first.kill();
  const killedAt = performance.now();
  await using second = await restart();
  say(
    `process ${first.pid} was killed with SIGKILL; process ${second.pid} is ready after ${Math.round(performance.now() - killedAt)} ms`,
  );
  assert.equal(await didOf(guiding), guiding.did);
  const read = { tenant: "", historyLength: undefined };
  assert.deepEqual(await Promise.all([done, open].map(({ id }) => client.getTask({ ...read, id }))), [
    done,
    open,
  ]);
  say("the agent has the name that it had, and both tasks are as they were");
  assert(await isSigned(guiding, done));
  say("the answer of before is signed with the key that the agent has now");
  assert.equal(answerOf(await ask(client, "Naples", open)), "To Naples by train, 12 hours.");
  say(`the open task goes on where it was: "To Naples by train, 12 hours."`);
}

await tell("Bindu: functions become agents", async ({ folder, runs }) => {
  const start = async (address?: string): Promise<ServerProcess> =>
    runs(await startServerProcess(executable, [`--data-dir=${join(folder, "data")}`], address));
  await inOneProcess();
  await using core = await start();
  await throughAKill(core, () => start(core.address));
});

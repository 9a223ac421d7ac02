// A long queue: so many events wait for one agent, while others come and go; how long the server's loop stands still meanwhile.

import { watchTurns } from "../shared/longest-turn.ts";
import { count, row } from "../shared/report.ts";
import { storeDirectory } from "../shared/store-directory.ts";
import { type BenchAgent, call, message, register, sendTogether } from "./agents.ts";
import { startOpenAgents } from "./server.ts";

const events = 100_000;
const atOnce = 500;
const pauseTarget = { atMost: 50, unit: " ms" };

export async function measureQueue(): Promise<void> {
  using turns = watchTurns();
  using store = storeDirectory("openagents");
  await using server = await startOpenAgents([store.flag, `--queue-limit=${2 * events}`], turns.nodeFlags);
  const { url, pid } = server;
  const [sender, receiver] = await register(url, "queue", 2);
  if (sender === undefined || receiver === undefined) {
    throw new Error("two agents");
  }
  await fill(url, sender, receiver, 2_000);
  await take(url, receiver, 2_000);
  await turns.longestMs(pid);
  await fill(url, sender, receiver, events);
  const fillMs = await turns.longestMs(pid);
  row(`${count(events)} events are queued, longest pause`, `${count(fillMs)} ms`, {
    value: fillMs,
    target: pauseTarget,
  });
  await take(url, receiver, events);
  const takeMs = await turns.longestMs(pid);
  row("they are polled, longest pause", `${count(takeMs)} ms`, { value: takeMs, target: pauseTarget });
  row("memory then", `${count(server.usage.residentMb())} MB, ${count(server.usage.peakMb())} MB at most`);
}

async function fill(url: string, sender: BenchAgent, receiver: BenchAgent, wanted: number): Promise<void> {
  for (let sent = 0; sent < wanted; sent += atOnce) {
    const batch = Array.from({ length: atOnce }, (_, index) =>
      message(sender.id, receiver.id, { index: sent + index, text: "Is the report there?" }),
    );
    await sendTogether(url, sender, batch);
  }
}

/** Polls as an official client does, which takes all that an answer has, until nothing is left. */
async function take(url: string, { id, secret }: BenchAgent, wanted: number): Promise<void> {
  let expected = 0;
  while (expected < wanted) {
    const { messages } = await call(url, `/api/poll?agent_id=${id}&secret=${secret}`);
    for (const { event_name, payload } of messages as { event_name: string; payload: { index: number } }[]) {
      if (event_name === "agent.message" && payload.index !== expected++) {
        throw new Error(`${payload.index} came where ${expected - 1} was due`);
      }
    }
  }
}

// A question as long as one may be, among many agents: what the others wait for it.
import { AgentKeeperClient } from "@x/agentkeeper";
import { startDaemon } from "../shared/daemon.ts";
import { watchTurns } from "../shared/longest-turn.ts";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";

const agents = 1_000;
const words = 900;
const callers = 4;
const questions = 40;

const letters = "abcdefghijklmnopqrstuvwxyz";
const word = (index: number): string =>
  `w${[1, 26, 676].map((place) => letters[Math.floor(index / place) % 26]).join("")}`;
/** Words of a language of 10,000, from one on. */
const text = (from: number, count: number): string =>
  Array.from({ length: count }, (_, index) => word((from * 37 + index * 11) % 10_000)).join(" ");

export async function measureFind(): Promise<void> {
  using turns = watchTurns();
  await using daemon = await startDaemon([], turns.nodeFlags);
  await using client = new AgentKeeperClient({ host: "127.0.0.1", port: daemon.port, timeoutMs: 120_000 });
  for (let index = 0; index < agents; index += 1) {
    const card = { name: `agent-${index}`, description: text(index, words), version: "1.0.0" };
    await client.register({ ...card, ttlSeconds: 86_400 });
  }
  const ask = async (caller: number): Promise<number[]> => {
    const waitedMs: number[] = [];
    for (let index = 0; index < questions / callers; index += 1) {
      const began = performance.now();
      await client.find({ query: text(caller * 1_000 + index, words), limit: 10 });
      waitedMs.push(performance.now() - began);
    }
    return waitedMs;
  };
  await ask(0);
  await turns.longestMs(daemon.pid);
  const waitedMs = (await Promise.all(Array.from({ length: callers }, (_, caller) => ask(caller)))).flat();
  const longestMs = await turns.longestMs(daemon.pid);
  row(
    `find by ${words} words among ${count(agents)} agents of ${words} words, ${callers} callers: the daemon's longest turn`,
    `${count(longestMs)} ms; an answer takes ${count(quantile(waitedMs, 0.5))} ms`,
    { value: longestMs, target: { atMost: 50, unit: " ms" } },
  );
}

// Agents whose handlers answer at once, hold their tasks, or stream: `handler.ts PLAN`.

import { setTimeout as sleep } from "node:timers/promises";
import { bindufy, type Handler, type RunningAgent } from "@x/bindu-bridge";
import type { HandlerPlan } from "./server.ts";

/** Between two pieces; each says when it was given, on the clock that all processes of a machine share. */
const pieceEveryMs = 20;
const pieces = 50;

const kinds: Readonly<Record<HandlerPlan["kind"], Handler>> = {
  echo: (_, { lastUserMessage }) => `You said: ${lastUserMessage}`,
  async hold(_, { signal }) {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    return "over";
  },
  async *stream() {
    for (let index = 0; index < pieces; index += 1) {
      await sleep(pieceEveryMs);
      yield `${performance.timeOrigin + performance.now()} `;
    }
  },
};

const { core, command, kind, urls }: HandlerPlan = JSON.parse(process.argv[2] ?? "");
const agents: RunningAgent[] = [];
for (const [index, url] of urls.entries()) {
  const config = { author: "bench@example.com", name: `${kind}-${index}`, deployment: { url } };
  agents.push(
    await bindufy(config, kinds[kind], {
      core: command ?? "attach",
      coreTimeoutMs: 60_000,
      readyTimeoutMs: 60_000,
      coreAddress: core,
      callbackPort: 0,
      graceMs: 0,
    }),
  );
}
const said = { urls: agents.map(({ agentUrl }) => agentUrl), callback: agents.at(-1)?.callbackAddress };
console.log(`ready ${JSON.stringify(said)}`);
process.once("SIGTERM", () => {
  void Promise.all(agents.map((agent) => agent.close())).then(() => process.exit(0));
});

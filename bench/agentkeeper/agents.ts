// Load: agents that do nothing but live, each with a connection of its own: `node agents.ts PORT COUNT TTL_SECONDS`.

import { type AgentHandle, AgentKeeperClient } from "@x/agentkeeper";
import { serveParent } from "../shared/programs.ts";

const [port = 0, agents = 1, ttlSeconds = 30] = process.argv.slice(2).map(Number);

const handles: AgentHandle[] = [];
for (let index = 0; index < agents; index += 1) {
  const client = new AgentKeeperClient({ host: "127.0.0.1", port });
  handles.push(
    await client.register({ name: `agent-${index}`, description: "lives", version: "1.0.0", ttlSeconds }),
  );
}

// Heartbeats do not keep a process alive; the channel to the parent does.
serveParent(() => ({ alive: handles.filter(({ signal }) => !signal.aborted).length }));

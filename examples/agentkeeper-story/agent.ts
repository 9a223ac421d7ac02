// One agent, in a process of its own: registers, then does what it is told until its parent is gone.
import { AgentKeeperClient } from "@x/agentkeeper";
import type { Order, Report } from "./protocol.ts";

const [port, name = "", description = "", tools = ""] = process.argv.slice(2);
const tell = (report: Report): void => {
  process.send?.(report);
};

const client = new AgentKeeperClient({ host: "127.0.0.1", port: Number(port) });
const agent = await client.register({
  name,
  description,
  version: "1.0.0",
  tools: tools.split(",").filter((tool) => tool !== ""),
  // Short, so that the story need not wait long for a death to be noticed.
  ttlSeconds: 2,
});
const { agentId } = agent;

async function carryOut(order: Order): Promise<void> {
  switch (order.order) {
    case "race": {
      const lease = await client.acquireLease(order.key, agentId, { ttlSeconds: 30 });
      tell({ report: "raced", won: lease !== null, token: lease?.lease.token.toString() ?? "" });
      return;
    }
    case "claim": {
      const task = await client.claimTask(agentId);
      tell({ report: "claimed", taskId: task.id, retryCount: task.retryCount });
      return;
    }
    case "complete":
      await client.completeTask(order.taskId, agentId, { output: order.output });
      tell({ report: "done" });
      return;
    case "fail":
      await client.failTask(order.taskId, agentId, { reason: order.reason });
      tell({ report: "done" });
      return;
    case "campaign": {
      await client.campaign(order.group, agentId);
      client.watchElection(order.group, ({ leaderAgentId, term }) => {
        tell(
          leaderAgentId === agentId
            ? { report: "leading", term: term.toString() }
            : { report: "standing by", leader: leaderAgentId },
        );
      });
      return;
    }
  }
}

process.on("message", (order: Order) => void carryOut(order));
process.on("disconnect", () => process.exit());
tell({ report: "registered", agentId });

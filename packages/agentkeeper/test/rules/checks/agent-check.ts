// J6 for agents: nobody is missed or dead before its deadline, nobody lives on after it, and the dead stay dead.
import { replyLine } from "../lines.ts";
import { type Check, demand, type Ledger } from "./ledger.ts";

export function createAgentCheck({ agents }: Ledger): Check {
  /** Who died before its deadline: only its own Deregister explains that. */
  const early = new Set<string>();

  return (moment) => {
    switch (moment.kind) {
      case "event": {
        const { event, mono } = moment;
        if (!("agent" in event)) {
          return;
        }
        const { agentId, status } = event.agent;
        const agent = agents.get(agentId);
        if (event.topic === "agent.registered") {
          demand(agent === undefined, "R1", `${agentId} was registered twice`);
          agents.set(agentId, { status: "alive", timeMs: undefined, due: Number.POSITIVE_INFINITY });
          return;
        }
        demand(agent !== undefined && agent.status !== "dead", "J5", `${event.topic} of nobody: ${agentId}`);
        if (event.topic === "agent.unreachable") {
          demand(agent.status === "alive", "T1", `${agentId} was missed twice`);
          demand(mono >= agent.due, "J6", `${agentId} was missed ${agent.due - mono} ms early`);
          agent.due += agent.timeMs ?? 0;
        } else if (event.topic === "agent.recovered") {
          demand(agent.status === "unreachable", "T5", `${agentId} recovered from nothing`);
          agent.due = mono + (agent.timeMs ?? 0);
        } else if (agent.status === "alive" || mono < agent.due) {
          early.add(agentId);
        }
        agent.status = status;
        return;
      }
      case "call": {
        const { command, reply, mono } = moment;
        const done = replyLine(reply) === "done";
        if (command.type === "register" && done) {
          const agent = agents.get(command.agentId);
          demand(agent !== undefined, "J5", `${command.agentId} is acknowledged and not in the log`);
          agent.timeMs = Math.max(command.ttlSeconds || 30, 2) * 1_000;
          agent.due = mono + agent.timeMs;
        }
        if (command.type === "heartbeat") {
          const agent = agents.get(command.agentId);
          demand(done === (agent?.status === "alive"), "T6", `a heartbeat of ${command.agentId} went wrong`);
          if (agent?.status === "alive") {
            agent.due = mono + (agent.timeMs ?? 0);
          }
        }
        if (command.type === "deregister" && done) {
          demand(
            agents.get(command.agentId)?.status === "dead",
            "R12",
            `${command.agentId} outlived its end`,
          );
          early.delete(command.agentId);
        }
        demand(early.size === 0, "J6", `${[...early].join(", ")} died early`);
        for (const [agentId, { status, due }] of agents) {
          demand(status === "dead" || mono < due, "T7", `${agentId} is ${status} beyond its deadline`);
        }
        return;
      }
      case "pause":
        for (const agent of agents.values()) {
          agent.due += moment.byMs;
        }
        return;
      case "restart":
        for (const agent of agents.values()) {
          if (agent.status !== "dead") {
            agent.status = "alive";
            agent.due = moment.mono + (agent.timeMs ?? 0);
          }
        }
        return;
      default:
        return;
    }
  };
}

// J3: one leader per term, terms by ones, the oldest candidate succeeds, and nothing changes without a reason.
import { replyLine } from "../lines.ts";
import { type Check, demand, type Ledger, type LedgerGroup } from "./ledger.ts";

export function createElectionCheck({ agents, groups }: Ledger): Check {
  const groupOf = (name: string): LedgerGroup => {
    const group = groups.get(name) ?? { leader: "", term: 0, waiting: [] };
    groups.set(name, group);
    return group;
  };
  /** Changes that only the call behind them can explain. */
  let unexplained: string[] = [];

  return (moment) => {
    if (moment.kind === "event" && moment.event.topic === "agent.died") {
      for (const group of groups.values()) {
        const { agentId } = moment.event.agent;
        group.waiting = group.waiting.filter((candidate) => candidate !== agentId);
      }
    }
    if (moment.kind === "event" && moment.event.topic === "leader.changed") {
      const { group: name, leaderAgentId, term, electedAt } = moment.event.election;
      const group = groupOf(name);
      const [oldest = ""] = group.waiting;
      demand(term === group.term + 1, "J3", `${name} has term ${term} after ${group.term}`);
      demand((leaderAgentId === "") === (electedAt === undefined), "E5", `${name} has a wrong time`);
      if (group.leader === "") {
        unexplained.push(`campaign ${name} ${leaderAgentId}`);
      } else {
        demand(leaderAgentId === oldest, "J3", `${name} is led by ${leaderAgentId}, and ${oldest} was first`);
        if (agents.get(group.leader)?.status !== "dead") {
          unexplained.push(`resign ${name} ${group.leader}`);
        }
      }
      group.waiting = group.waiting.filter((candidate) => candidate !== leaderAgentId);
      group.leader = leaderAgentId;
      group.term = term;
    }
    if (moment.kind !== "call") {
      return;
    }
    const { command, reply } = moment;
    if (command.type === "campaign" || command.type === "resign") {
      const { group: name, agentId } = command;
      unexplained = unexplained.filter((change) => change !== `${command.type} ${name} ${agentId}`);
      const answer = replyLine(reply);
      const group = groupOf(name);
      if (answer.startsWith("led by")) {
        demand(answer === `led by [${group.leader}] ${group.term}`, "J3", `campaign answered ${answer}`);
        if (group.leader !== agentId && !group.waiting.includes(agentId)) {
          group.waiting.push(agentId);
        }
      }
      if (answer === "done") {
        demand(group.leader !== agentId || group.waiting.length > 0, "E7", `${agentId} still leads ${name}`);
        group.waiting = group.waiting.filter((candidate) => candidate !== agentId);
      }
    }
    demand(unexplained.length === 0, "J3", `a change without death or resign: ${unexplained.join(", ")}`);
  };
}

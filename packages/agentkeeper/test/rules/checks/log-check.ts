// J5: the log has no hole and no repeat, its times never fall, and a death is one whole block of it.
import { eventLine } from "../lines.ts";
import { type Check, demand, type Ledger } from "./ledger.ts";

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export function createLogCheck(ledger: Ledger): Check {
  let sequence = 0;
  let occurredAt = 0;
  let mono = Number.NEGATIVE_INFINITY;
  /** What is still to come of the block of a death. */
  let block: string[] = [];

  return (moment) => {
    demand(moment.mono >= mono, "J6", "the monotonic clock ran backwards");
    mono = moment.mono;
    if (moment.kind !== "event") {
      demand(block.length === 0, "J5", `the block of a death ends before ${block[0]}`);
      return;
    }
    const { event } = moment;
    const line = eventLine(event);
    demand(event.sequence === sequence + 1, "J5", `${line} has sequence ${event.sequence} after ${sequence}`);
    demand(event.occurredAt >= occurredAt, "J5", `${line} is older than the event before it`);
    ({ sequence, occurredAt } = event);
    const expected = block.shift();
    demand(expected === undefined || line === expected, "J5", `${line} stands where ${expected} belongs`);
    if (event.topic === "agent.died") {
      block = blockOf(ledger, event.agent.agentId);
    }
  };
}

/** All that must follow the death of an agent at once. */
function blockOf(ledger: Ledger, agentId: string): string[] {
  const leases = [...ledger.leases].filter(([, { holder }]) => holder === agentId);
  const groups = [...ledger.groups].filter(([, { leader }]) => leader === agentId);
  return [
    ...leases
      .sort(([a], [b]) => byBytes(a, b))
      .flatMap(([key, { token }]) => {
        const task = ledger.tasks.get(key);
        const released = `lease.released ${key} ${agentId} ${token}`;
        return task?.status === "claimed"
          ? [released, `task.requeued ${key} [] ${task.retries}`]
          : [released];
      }),
    ...groups
      .sort(([a], [b]) => byBytes(a, b))
      .map(([group, { term, waiting }]) => {
        const [successor = ""] = waiting.filter((candidate) => candidate !== agentId);
        return `leader.changed ${group} [${successor}] ${term + 1}`;
      }),
  ];
}

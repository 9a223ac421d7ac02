// J4: one claimer at a time, one end per claim, ends that are final, retries within their bound, and no task lost.
import type { TaskView } from "../../../src/local/rules/model/views.ts";
import { eventLine, replyLine } from "../lines.ts";
import type { Moment } from "../world.ts";
import { type Check, demand, type Ledger, type LedgerTask } from "./ledger.ts";

export function createTaskCheck(ledger: Ledger): Check {
  const { tasks, agents, leases } = ledger;
  /** Who asked, by the call that waits. */
  const claimers = new Map<number, string>();

  /** The lease of a claim begins and ends right before the claim does. */
  const demandLeaseEvent = (task: TaskView, holder: string, ...topics: string[]): void => {
    const { previous } = ledger;
    const event = previous?.kind === "event" ? previous.event : undefined;
    const fits =
      event !== undefined &&
      "lease" in event &&
      topics.includes(event.topic) &&
      event.lease.taskId === task.id &&
      event.lease.holderAgentId === holder;
    demand(fits, "K7", `a claim of ${task.id} without its lease, after ${event && eventLine(event)}`);
  };

  const claimed = (task: TaskView): LedgerTask => {
    const known = tasks.get(task.id);
    demand(known?.status === "claimed", "J4", `${task.id} is ${known?.status} and ends as ${task.status}`);
    return known;
  };

  const onEvent = ({ event }: Extract<Moment, { kind: "event" }>): void => {
    if (!("task" in event)) {
      return;
    }
    const { task, topic } = event;
    const { claimedByAgentId: by, retryCount, maxRetries } = task;
    demand(retryCount <= maxRetries, "J4", `${task.id} was retried ${retryCount} times of ${maxRetries}`);
    switch (topic) {
      case "task.created":
        demand(!tasks.has(task.id), "K1", `${task.id} was created twice`);
        tasks.set(task.id, { status: "pending", by: "", retries: 0, maxRetries });
        return;
      case "task.claimed": {
        const known = tasks.get(task.id);
        demand(known?.status === "pending", "J4", `${task.id} is ${known?.status} and is claimed by ${by}`);
        demand(agents.get(by)?.status === "alive", "K6", `${by} claims ${task.id} and is not ALIVE`);
        demandLeaseEvent(task, by, "lease.acquired", "lease.renewed");
        Object.assign(known, { status: "claimed", by });
        return;
      }
      case "task.requeued": {
        const known = claimed(task);
        demandLeaseEvent(task, known.by, "lease.released", "lease.expired");
        demand(by === "" && task.claimedAt === undefined, "K18", `${task.id} is PENDING and claimed`);
        demand([0, 1].includes(retryCount - known.retries), "K13", `${task.id} counts ${retryCount} retries`);
        Object.assign(known, { status: "pending", by, retries: retryCount });
        return;
      }
      case "task.completed":
      case "task.dead": {
        const known = claimed(task);
        demandLeaseEvent(task, known.by, "lease.released");
        demand(by === known.by, "J4", `${task.id} was claimed by ${known.by} and ended by ${by}`);
        demand(retryCount === known.retries, "K13", `${task.id} was retried at its end`);
        demand(topic === "task.completed" || retryCount === maxRetries, "K13", `${task.id} had retries left`);
        known.status = topic === "task.completed" ? "completed" : "dead";
        return;
      }
    }
  };

  const onClaimAnswer = (agentId: string, answer: string): void => {
    const [kind, id = "", status] = answer.split(" ");
    if (kind === "task") {
      const task = tasks.get(id);
      demand(
        status === "claimed" && task?.status === "claimed" && task.by === agentId,
        "J4",
        `${agentId} was told that it has ${id}, which ${task?.by} has`,
      );
    }
  };

  const onCall = ({ command, reply, ticket }: Extract<Moment, { kind: "call" }>): void => {
    const answer = replyLine(reply);
    if (command.type === "claimTask") {
      claimers.set(ticket, command.agentId);
      onClaimAnswer(command.agentId, answer);
    }
    if (command.type === "createTask" && answer.startsWith("task")) {
      demand(tasks.has(command.id), "J5", `${command.id} is acknowledged and not in the log`);
    }
    if (command.type === "completeTask" && answer === "done") {
      const task = tasks.get(command.taskId);
      demand(
        task?.status === "completed" && task.by === command.agentId,
        "J4",
        `${command.taskId} was completed by ${command.agentId} and is ${task?.status} by ${task?.by}`,
      );
    }
    for (const [id, { status, by }] of tasks) {
      demand(status !== "claimed" || leases.get(id)?.holder === by, "K7", `${by} has ${id} without a lease`);
    }
  };

  return (moment) => {
    if (moment.kind === "event") {
      onEvent(moment);
    } else if (moment.kind === "call") {
      onCall(moment);
    } else if (moment.kind === "answer") {
      onClaimAnswer(claimers.get(moment.ticket) ?? "", replyLine(moment.reply));
    }
  };
}

// The reference model, slow and plain: what each command does. See model-moves.ts.
import type { Command } from "../../src/local/rules/model/commands.ts";
import { createMoves, type ModelAgent, type ModelWaiter } from "./model-moves.ts";

export interface Model {
  /** What happened, and when: one line per event. */
  readonly lines: readonly { readonly mono: number; readonly line: string }[];
  /** The lines of the answers that came to calls that had waited. */
  readonly answers: ReadonlyMap<number, string>;
  run(command: Command, ticket: number): string;
  cancel(ticket: number): void;
  advance(ms: number): void;
  skip(ms: number): void;
  pause(ms: number): void;
  restart(): void;
}

export function createModel(startMono: number, firstToken: number): Model {
  const moves = createMoves(startMono, firstToken);
  const { model, answers, lines, tell, arm, leaseOf, taskOf } = moves;

  const decide = (command: Command, ticket: number): string => {
    if (command.type === "register") {
      const timeMs = Math.max(2, command.ttlSeconds || 30) * 1_000;
      const agent: ModelAgent = {
        id: command.agentId,
        tools: command.card.tools,
        timeMs,
        status: "alive",
        due: 0,
        armed: 0,
      };
      arm(agent, model.mono + timeMs);
      model.agents.push(agent);
      tell(`agent.registered ${agent.id}`);
      return "done";
    }
    if (command.type === "createTask") {
      const { id, requiredTools: tools, maxRetries } = command;
      const timeMs = (command.ttlSeconds || 60) * 1_000;
      return moves.taskLine(moves.createTask({ id, tools, maxRetries, timeMs }));
    }
    if (command.type === "getTask") {
      const task = taskOf(command.taskId);
      return task === undefined ? "TASK_NOT_FOUND" : moves.taskLine(task);
    }
    if (command.type === "completeTask" || command.type === "failTask") {
      return finish(command);
    }
    if (command.type === "renewLease" || command.type === "releaseLease") {
      const lease = leaseOf(command.taskId);
      if (lease === undefined) {
        return "LEASE_NOT_HELD";
      }
      if (lease.holder !== command.agentId || String(lease.token) !== String(command.token)) {
        return "LEASE_TOKEN_MISMATCH";
      }
      if (command.type === "renewLease") {
        moves.renew(lease, command.ttlSeconds === 0 ? lease.timeMs : command.ttlSeconds * 1_000);
        return `holds ${lease.holder} ${lease.token}`;
      }
      moves.endLease(lease, "released");
      moves.loseClaim(lease.key, "claim released");
      return "done";
    }
    return "agentId" in command ? act(command, ticket) : "done";
  };

  const finish = (command: Extract<Command, { type: "completeTask" | "failTask" }>): string => {
    const task = taskOf(command.taskId);
    if (task === undefined) {
      return "TASK_NOT_FOUND";
    }
    const output = command.type === "completeTask" ? Buffer.from(command.output).toString("hex") : undefined;
    if (task.status !== "claimed") {
      const repeated = task.status === "completed" && task.by === command.agentId && task.output === output;
      return repeated ? "done" : "TASK_NOT_CLAIMED";
    }
    if (task.by !== command.agentId) {
      return "TASK_NOT_YOURS";
    }
    const lease = leaseOf(task.id);
    if (lease !== undefined) {
      moves.endLease(lease, "released");
    }
    if (command.type === "failTask" && task.retries < task.maxRetries) {
      task.retries += 1;
      moves.toTheBack(task, command.reason);
      return "done";
    }
    task.claimedThrough = undefined;
    task.status = command.type === "completeTask" ? "completed" : "dead";
    task.output = output ?? "";
    task.reason = command.type === "failTask" ? command.reason : task.reason;
    moves.tellTask(task.status, task);
    return "done";
  };

  /** What only a known agent that is not dead may do. */
  const act = (command: Extract<Command, { agentId: string }>, ticket: number): string => {
    const agent = model.agents.find(({ id }) => id === command.agentId);
    if (agent === undefined) {
      return "AGENT_NOT_FOUND";
    }
    if (agent.status === "dead") {
      return command.type === "deregister" || command.type === "getAgent" ? "done" : "AGENT_DEAD";
    }
    switch (command.type) {
      case "heartbeat":
        arm(agent, model.mono + agent.timeMs);
        if (agent.status === "unreachable") {
          agent.status = "alive";
          tell(`agent.recovered ${agent.id}`);
        }
        return "done";
      case "deregister":
        moves.die(agent);
        return "done";
      case "acquireLease": {
        const { taskId: key, waitMs = 0, lockDelayMs: lockMs = 0 } = command;
        const timeMs = (command.ttlSeconds || 60) * 1_000;
        const held = leaseOf(key);
        const obstacle = moves.obstacle(key, agent.id);
        if (held?.holder === agent.id) {
          moves.renew(held, timeMs, lockMs);
        } else if (obstacle === undefined) {
          moves.grant(key, agent.id, timeMs, lockMs);
        } else if (waitMs > 0) {
          wait(ticket, agent, waitMs, { key, timeMs, lockMs });
          return "waits";
        } else {
          return `held by ${obstacle.holder} ${obstacle.token}`;
        }
        const lease = leaseOf(key);
        return `holds ${lease?.holder} ${lease?.token}`;
      }
      case "campaign": {
        let group = model.groups.find(({ name }) => name === command.group);
        if (group === undefined) {
          group = { name: command.group, leader: "", term: 0, waiting: [] };
          model.groups.push(group);
        }
        if (group.leader !== agent.id && !group.waiting.includes(agent.id)) {
          group.waiting.push(agent.id);
        }
        if (group.leader === "") {
          moves.succeed(group);
        }
        return `led by [${group.leader}] ${group.term}`;
      }
      case "resign":
        for (const group of model.groups.filter(({ name }) => name === command.group)) {
          group.waiting = group.waiting.filter((id) => id !== agent.id);
          if (group.leader === agent.id) {
            moves.succeed(group);
          }
        }
        return "done";
      case "claimTask":
        wait(ticket, agent, command.waitMs ?? Number.POSITIVE_INFINITY, undefined);
        moves.match();
        if (command.waitMs === 0) {
          model.waiters = model.waiters.filter((waiter) => waiter.ticket !== ticket);
          return answers.has(ticket) ? answerNow(ticket) : "no task";
        }
        return answerNow(ticket);
      default:
        return "done";
    }
  };

  const wait = (ticket: number, agent: ModelAgent, waitMs: number, wants: ModelWaiter["wants"]): void => {
    const waiter = { ticket, agent, wants, due: 0, armed: 0 };
    arm(waiter, model.mono + waitMs);
    model.waiters.push(waiter);
  };

  /** An answer that came at once is a reply. */
  const answerNow = (ticket: number): string => {
    const answer = answers.get(ticket) ?? "waits";
    answers.delete(ticket);
    return answer;
  };

  return {
    lines,
    answers,
    run(command: Command, ticket: number): string {
      moves.judge();
      const reply = decide(command, ticket);
      moves.match();
      return reply;
    },
    cancel(ticket: number): void {
      moves.judge();
      model.waiters = model.waiters.filter((waiter) => waiter.ticket !== ticket);
      const task = model.tasks.find(({ claimedThrough }) => claimedThrough === ticket);
      const lease = task && leaseOf(task.id);
      if (task !== undefined && lease !== undefined) {
        moves.endLease(lease, "released");
        moves.requeue(task, task.place);
      }
      const granted = model.leases.find(({ grantedThrough }) => grantedThrough === ticket);
      if (granted !== undefined) {
        moves.endLease(granted, "released");
      }
      moves.match();
    },
    advance(ms: number): void {
      const end = model.mono + ms;
      for (let next = moves.nextDue(); next !== undefined && next.due <= end; next = moves.nextDue()) {
        model.mono = Math.max(model.mono, next.due);
        moves.judge();
      }
      model.mono = end;
    },
    skip(ms: number): void {
      model.mono += ms;
    },
    pause(ms: number): void {
      model.mono += ms;
      for (const what of [...model.agents, ...model.leases, ...model.locks, ...model.waiters]) {
        what.due += ms;
      }
    },
    restart(): void {
      model.waiters = [];
      answers.clear();
      for (const task of model.tasks) {
        task.claimedThrough = undefined;
      }
      for (const agent of model.agents.filter(({ status }) => status !== "dead")) {
        agent.status = "alive";
        arm(agent, model.mono + agent.timeMs);
      }
      for (const lease of model.leases) {
        lease.grantedThrough = undefined;
        arm(lease, model.mono + lease.timeMs);
      }
      for (const lock of model.locks) {
        arm(lock, model.mono + lock.lockMs);
      }
    },
  };
}

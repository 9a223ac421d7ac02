// J1, J2: one holder per key, tokens that only grow over all keys, one end per grant, and no end before its time. X5: who
// comes late or must stay away for a while does not get the key.
import type { CommandOf } from "../../../src/local/rules/model/commands.ts";
import type { LeaseView } from "../../../src/local/rules/model/views.ts";
import { replyLine } from "../lines.ts";
import type { Moment } from "../world.ts";
import { type Check, demand, type Ledger, type LedgerLease } from "./ledger.ts";

export function createLeaseCheck(ledger: Ledger): Check {
  const { leases, locks, agents } = ledger;
  let highest = 0;
  /** What the calls in line have asked for, longest waiting first. */
  const inLine = new Map<number, CommandOf<"acquireLease">>();
  /** The key that its last holder took again while others had to stay away. */
  let takenBack: string | undefined;

  /** The key is free, and others stay away if its holder had asked for that. */
  const end = (key: string, badly: boolean, mono: number): void => {
    const held = leases.get(key);
    leases.delete(key);
    if (held !== undefined && badly && held.lockMs > 0) {
      const { holder, token, lockMs } = held;
      locks.set(key, {
        last: `held by ${holder} ${token}`,
        holder,
        lockMs,
        due: mono + lockMs,
        keptUntil: mono + lockMs,
      });
    }
  };

  /** What a call was told about a key, at once or after a wait. */
  const onAnswer = (command: CommandOf<"acquireLease">, answer: string): void => {
    const { taskId, agentId, lockDelayMs = 0 } = command;
    const held = leases.get(taskId);
    if (answer.startsWith("held by") && held === undefined) {
      const lock = locks.get(taskId);
      demand(lock?.last === answer && lock.holder !== agentId, "X5", `${agentId} was kept from ${taskId}`);
    } else if (answer.startsWith("h")) {
      const verb = held?.holder === agentId ? "holds" : "held by";
      demand(answer === `${verb} ${held?.holder} ${held?.token}`, "J1", `acquire answered ${answer}`);
    }
    if (answer.startsWith("holds") && held !== undefined) {
      held.lockMs = lockDelayMs || held.lockMs;
    }
  };

  /** The grant that an event speaks of, which must be the present one. */
  const present = (lease: LeaseView, topic: string): LedgerLease => {
    const held = leases.get(lease.taskId);
    demand(held !== undefined, "J5", `${topic} of ${lease.taskId}, which nobody holds`);
    demand(
      held.token === lease.token &&
        held.holder === lease.holderAgentId &&
        held.acquiredAt === lease.acquiredAt,
      "J2",
      `${topic} of ${lease.taskId} speaks of another grant than the present one`,
    );
    return held;
  };

  /** First come, first served. */
  const demandTurn = (
    { taskId, agentId }: CommandOf<"acquireLease">,
    ticket: number,
    answer: string,
  ): void => {
    const before = [...inLine].find(
      ([earlier, other]) => earlier < ticket && other.taskId === taskId && other.agentId !== agentId,
    );
    demand(
      !answer.startsWith("holds") ||
        before === undefined ||
        takenBack === taskId ||
        alsoFirst(taskId, agentId),
      "X5",
      `${agentId} got ${taskId} before ${before?.[1].agentId}`,
    );
  };
  /** Another call of the agent that was first has just got the key. */
  let lastServed = "";
  const alsoFirst = (taskId: string, agentId: string): boolean => lastServed === `${agentId} ${taskId}`;

  const onEvent = ({ event, mono }: Extract<Moment, { kind: "event" }>): void => {
    if (!("lease" in event)) {
      return;
    }
    const { lease, topic, occurredAt } = event;
    const timeMs = lease.expiresAt - occurredAt;
    switch (topic) {
      case "lease.acquired": {
        demand(!leases.has(lease.taskId), "J1", `${lease.taskId} has two holders`);
        demand(lease.token > highest, "J2", `token ${lease.token} after ${highest}`);
        highest = lease.token;
        const { taskId, holderAgentId: holder, token, acquiredAt } = lease;
        const lock = locks.get(taskId);
        demand(
          lock === undefined || lock.holder === holder || mono >= lock.due,
          "X5",
          `${holder} got ${taskId} before its lock delay was over`,
        );
        takenBack = lock !== undefined && mono < lock.due ? taskId : undefined;
        locks.delete(taskId);
        leases.set(taskId, { holder, token, acquiredAt, timeMs, due: mono + timeMs, lockMs: 0 });
        return;
      }
      case "lease.renewed": {
        const held = present(lease, topic);
        demand(mono < held.due, "L10", `${lease.taskId} was renewed beyond its end`);
        held.timeMs = timeMs;
        held.due = mono + timeMs;
        return;
      }
      case "lease.expired": {
        const held = present(lease, topic);
        demand(mono >= held.due, "J6", `${lease.taskId} expired ${held.due - mono} ms early`);
        end(lease.taskId, true, mono);
        return;
      }
      case "lease.released":
        present(lease, topic);
        end(lease.taskId, agents.get(lease.holderAgentId)?.status === "dead", mono);
        return;
    }
  };

  const onCall = ({ command, reply, mono, ticket }: Extract<Moment, { kind: "call" }>): void => {
    const answer = replyLine(reply);
    for (const [key, { keptUntil }] of locks) {
      if (mono >= keptUntil) {
        locks.delete(key);
      }
    }
    if (command.type === "acquireLease") {
      if (answer === "waits") {
        inLine.set(ticket, command);
      }
      onAnswer(command, answer);
    }
    if (command.type === "renewLease" || command.type === "releaseLease") {
      const { taskId, agentId, token } = command;
      const topic = command.type === "renewLease" ? "lease.renewed" : "lease.released";
      const changed = ledger.sinceCall.includes(`${topic} ${taskId} ${agentId} ${token}`);
      const granted = answer === "done" || answer.startsWith("holds");
      demand(
        !granted || changed,
        "J2",
        `${command.type} of ${taskId} with token ${token} answered ${answer}`,
      );
      if (answer === "LEASE_NOT_HELD") {
        demand(!leases.has(taskId), "L9", `${taskId} is held`);
      }
      if (answer === "LEASE_TOKEN_MISMATCH") {
        const held = leases.get(taskId);
        const matches = held?.holder === agentId && BigInt(held.token) === token;
        demand(held !== undefined && !matches, "L8", `the right token of ${taskId} was refused`);
      }
    }
    for (const [key, { due }] of leases) {
      demand(mono < due, "T7", `${key} is held beyond its end`);
    }
  };

  return (moment) => {
    switch (moment.kind) {
      case "event":
        onEvent(moment);
        return;
      case "call":
        onCall(moment);
        return;
      case "answer": {
        const command = inLine.get(moment.ticket);
        if (command !== undefined) {
          inLine.delete(moment.ticket);
          demandTurn(command, moment.ticket, replyLine(moment.reply));
          lastServed = `${command.agentId} ${command.taskId}`;
          onAnswer(command, replyLine(moment.reply));
        }
        return;
      }
      case "cancel":
        inLine.delete(moment.ticket);
        return;
      case "pause":
        for (const lease of leases.values()) {
          lease.due += moment.byMs;
        }
        for (const lock of locks.values()) {
          lock.due += lock.due <= moment.mono - moment.byMs ? 0 : moment.byMs;
          lock.keptUntil += moment.byMs;
        }
        return;
      case "restart":
        inLine.clear();
        for (const lease of leases.values()) {
          lease.due = moment.mono + lease.timeMs;
        }
        for (const lock of locks.values()) {
          lock.keptUntil = moment.mono + lock.lockMs;
          lock.due = lock.due <= moment.mono ? lock.due : lock.keptUntil;
        }
        return;
      default:
        return;
    }
  };
}

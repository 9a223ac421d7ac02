// J1, J2: one holder per key, tokens that only grow over all keys, one end per grant, and no end before its time.
import type { LeaseView } from "../../../src/wire/views.ts";
import { replyLine } from "../lines.ts";
import type { Moment } from "../world.ts";
import { type Check, demand, type Ledger, type LedgerLease } from "./ledger.ts";

export function createLeaseCheck(ledger: Ledger): Check {
  const { leases } = ledger;
  let highest = 0;

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
        const { holderAgentId: holder, token, acquiredAt } = lease;
        leases.set(lease.taskId, { holder, token, acquiredAt, timeMs, due: mono + timeMs });
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
        leases.delete(lease.taskId);
        return;
      }
      case "lease.released":
        present(lease, topic);
        leases.delete(lease.taskId);
        return;
    }
  };

  const onCall = ({ command, reply, mono }: Extract<Moment, { kind: "call" }>): void => {
    const answer = replyLine(reply);
    if (command.type === "acquireLease" && answer.startsWith("h")) {
      const held = leases.get(command.taskId);
      const verb = held?.holder === command.agentId ? "holds" : "held by";
      demand(answer === `${verb} ${held?.holder} ${held?.token}`, "J1", `acquire answered ${answer}`);
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
      case "pause":
        for (const lease of leases.values()) {
          lease.due += moment.byMs;
        }
        return;
      case "restart":
        for (const lease of leases.values()) {
          lease.due = moment.mono + lease.timeMs;
        }
        return;
      default:
        return;
    }
  };
}

// Who won a slot and why, in sentences, read from the audit chain.
import type { AuditEvent } from "../../rules/model/views.ts";

/** One line of the story of a slot. */
export interface Contest {
  readonly atText: string;
  /** The booking that won or was won from. */
  readonly bookingId: string;
  readonly sentence: string;
  /** The slot that was wanted, if the event tells. */
  readonly start: string | undefined;
  readonly end: string | undefined;
}

const reasons: Readonly<Record<string, string>> = {
  outranked: "the winner has the higher rank",
  frozen: "the winner's booking is past its bump window, and nobody evicts it any more",
  tie: "both have the same rank, and the winner was first",
  held: "the winner holds the slot, and its rank does not give way",
  own_booking: "it has booked that time itself already",
};

/** The contests among some events, newest first. `nameOf` gives an agent's name and rank. */
export function contestsOf(
  events: readonly AuditEvent[],
  nameOf: (agentId: string) => string,
): readonly Contest[] {
  const contests: Contest[] = [];
  for (const { type, at, actor, resource, data } of events) {
    const text = (key: string): string | undefined => {
      const value = data[key];
      return typeof value === "string" ? value : undefined;
    };
    const who = actor.agent_id === null ? "The owner" : nameOf(actor.agent_id);
    const slot = { atText: at, bookingId: resource, start: text("start"), end: text("end") };
    if ((type === "booking.rejected" || type === "hold.rejected") && text("winning_agent_id") !== undefined) {
      const winner = nameOf(text("winning_agent_id") ?? "");
      const reason = text("reason") ?? "";
      contests.push({
        ...slot,
        sentence: `${who} lost to ${winner}: ${reasons[reason] ?? reason}.`,
      });
    } else if (type === "booking.rejected" || type === "hold.rejected") {
      contests.push({
        ...slot,
        sentence: `${who} was refused by your rule ${text("rule") ?? text("reason") ?? "unknown"}.`,
      });
    } else if (type === "booking.evicted") {
      const winner = nameOf(text("evicted_by_agent_id") ?? "");
      const loser = text("agent_id");
      contests.push({
        ...slot,
        sentence: `${winner} took the slot from ${loser === undefined ? "a weaker agent" : nameOf(loser)} within its bump window.`,
      });
    } else if (type === "hold.invalidated") {
      const loser = text("agent_id");
      contests.push({
        ...slot,
        sentence: `The hold of ${loser === undefined ? "an agent" : nameOf(loser)} gave way to a booking of the same or a higher rank.`,
      });
    }
  }
  return contests.reverse();
}

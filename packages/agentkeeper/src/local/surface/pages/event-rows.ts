// The newest events of a daemon, and how they are shown.
import { ago, type Column, clipped, html, type Markup, type Now, type Row } from "@x/core/service";
import type { Engine } from "../../engine/engine.ts";
import type { State } from "../../rules/model/state.ts";
import type { BusEvent } from "../../rules/model/views.ts";
import { agentLink, taskLink } from "./links.ts";

/** Which events to show. */
export interface EventChoice {
  /** All of them when absent. */
  readonly matches?: (event: BusEvent) => boolean;
  readonly limit: number;
  /** Only those with a lower sequence. */
  readonly before?: number;
}

/** How many events are looked at for one list: that bounds its cost. */
const mostLookedAt = 5_000;

/** The newest events that are still kept, newest first. */
export function newestEvents(
  engine: Engine,
  { matches, limit, before = Number.POSITIVE_INFINITY }: EventChoice,
): readonly BusEvent[] {
  const { feed } = engine;
  const end = Math.min(before - 1, feed.last);
  const lookedAt = matches === undefined ? limit : mostLookedAt;
  const wanted = (event: BusEvent): boolean => event.sequence <= end && (matches?.(event) ?? true);
  const from = end - lookedAt;
  const newest = feed.newest(feed.last - Math.max(0, from));
  return newest.filter(wanted).slice(-limit).reverse();
}

export const eventColumns: readonly Column[] = [
  { title: "what" },
  { title: "topic", kind: "word" },
  { title: "when", kind: "number" },
  { title: "#", kind: "number", wide: true },
];

export function eventRows(state: State, events: readonly BusEvent[], now: Now): readonly Row[] {
  return events.map((event) => ({
    key: String(event.sequence),
    cells: [
      subjectOf(state, event),
      event.topic,
      html`${ago(event.occurredAt, now.wall)} ago`,
      event.sequence,
    ],
  }));
}

function subjectOf(state: State, event: BusEvent): Markup {
  if ("agent" in event) {
    const { agentId, card } = event.agent;
    return html`<a href="/agents/${encodeURIComponent(agentId)}">${clipped(card.name, 60)}</a>`;
  }
  if ("lease" in event) {
    const { taskId, holderAgentId, token } = event.lease;
    return html`${clipped(taskId)} · ${agentLink(state, holderAgentId)} <small class="quiet">token ${token}</small>`;
  }
  if ("election" in event) {
    const { group, leaderAgentId, term } = event.election;
    return html`${clipped(group)} · ${agentLink(state, leaderAgentId)} <small class="quiet">term ${term}</small>`;
  }
  if ("task" in event) {
    const { id, type, failureReason } = event.task;
    const reason = failureReason === "" ? html`` : html` · ${clipped(failureReason)}`;
    return html`${taskLink(id, type)} <code>${id}</code>${reason}`;
  }
  const { id, effect } = event.policy;
  return html`${clipped(id)} · ${effect.toUpperCase()}`;
}

/** Whether an event speaks of an agent: as itself, as a holder, as a leader, or as a claimer. */
export function isOfAgent(event: BusEvent, agentId: string): boolean {
  if ("agent" in event) {
    return event.agent.agentId === agentId;
  }
  if ("lease" in event) {
    return event.lease.holderAgentId === agentId;
  }
  if ("election" in event) {
    return event.election.leaderAgentId === agentId;
  }
  return "task" in event && event.task.claimedByAgentId === agentId;
}

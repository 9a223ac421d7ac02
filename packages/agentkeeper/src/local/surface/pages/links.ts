// How agents and tasks are shown wherever they appear: by name, in the colour of their state, leading to their own page.
import { ago, clipped, html, type Markup, state } from "@x/core/service";
import type { Agent, State } from "../../rules/model/state.ts";
import type { TaskStatusView } from "../../rules/model/views.ts";
import { nameOf } from "./facts.ts";

/** @param agentId `""` for nobody */
export function agentLink(known: State, agentId: string): Markup {
  return agentId === ""
    ? html`<span class="quiet">nobody</span>`
    : html`<a href="/agents/${encodeURIComponent(agentId)}">${clipped(nameOf(known, agentId), 60)}</a>`;
}

export function taskLink(id: string, text: string = id): Markup {
  return html`<a href="/tasks/${encodeURIComponent(id)}">${clipped(text, 60)}</a>`;
}

const causes = {
  deregistered: "deregistered",
  heartbeat_timeout: "heartbeat timeout",
  replaced: "replaced by another",
} as const;

/** The status of an agent; of a dead one also why and since when. */
export function agentState({ status, deathCause, diedAt }: Agent, nowMs: number): Markup {
  switch (status) {
    case "alive":
      return state("ALIVE", "good");
    case "unreachable":
      return state("UNREACHABLE", "warn");
    case "dead": {
      const cause = deathCause === undefined ? html`` : html` <span>${causes[deathCause]}</span>`;
      const when = diedAt === undefined ? html`` : html`, ${ago(diedAt, nowMs)} ago`;
      return html`${state("DEAD", deathCause === "heartbeat_timeout" ? "bad" : "quiet")}${cause}${when}`;
    }
  }
}

const tones = { pending: "quiet", claimed: "good", completed: "quiet", dead: "bad" } as const;

export function taskState(status: TaskStatusView): Markup {
  return state(status.toUpperCase(), tones[status]);
}

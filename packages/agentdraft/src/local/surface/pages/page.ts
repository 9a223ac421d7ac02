// The page of a calendar's owner, and the one where people sign in.
import { html, type Markup } from "@x/core/service";
import type { BookingView } from "../../rules/model/views.ts";
import { agentsView } from "./agents-view.ts";
import { auditView } from "./audit-view.ts";
import { contestsOf } from "./contests.ts";
import { decisionsView } from "./decisions.ts";
import type { CalendarFacts } from "./facts.ts";
import { rulesView } from "./rules-view.ts";
import { table } from "./table.ts";
import { distance, localWords } from "./week-time.ts";
import { weekView } from "./week-view.ts";

function documentOf(title: string, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/dashboard/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/dashboard/app.css">
<script src="/dashboard/app.js" defer></script>
</head>
<body>
${body}
</body>
</html>
`.markup;
}

/** Where people sign in. In development the link is shown; else it is in the server's log. */
export function signInPage(dev: boolean): string {
  return documentOf(
    "Sign in to AgentDraft",
    html`<main class="narrow"><h1>AgentDraft</h1>
<p>Sign in to see your calendar, decide what your agents ask, and check what they did.</p>
<form id="sign-in" data-dev="${dev ? "yes" : "no"}">
<label>Email <input name="email" type="email" required autocomplete="email" autofocus></label>
<button>Send a sign-in link</button>
<output></output></form>
<p class="quiet">${
      dev
        ? "This server runs for development: the link appears here, and anyone can sign in as anyone."
        : "No mail leaves this machine: who runs the server finds the link in its log."
    }</p></main>`,
  );
}

export function ownerPage(facts: CalendarFacts): string {
  const byId = new Map(facts.agents.map((agent) => [agent.agentId, agent]));
  const nameOf = (agentId: string): string => {
    const agent = byId.get(agentId);
    return agent === undefined ? agentId : `${agent.name} (rank ${agent.priority})`;
  };
  const waiting = facts.undecided.total;
  return documentOf(
    waiting === 0 ? "AgentDraft" : `(${waiting}) AgentDraft`,
    html`<header><h1>AgentDraft</h1>
<nav><a href="#decisions">Decisions${waiting === 0 ? "" : ` (${waiting})`}</a> <a href="#calendar">Calendar</a> <a href="#contests">Who won</a> <a href="#agents">Agents</a> <a href="#rules">Rules</a> <a href="#mail">Mail</a> <a href="#audit">Audit</a></nav>
<output id="news" data-after="${facts.head.seq}"></output>
<form data-send="POST" action="/v1/auth/logout" class="inline"><span class="quiet">${facts.owner.email}</span> <button>Sign out</button><output></output></form></header>
<main>
<section id="decisions"><h2>Waiting for your decision</h2>${decisionsView(facts, nameOf)}</section>
<section id="calendar"><h2>Calendar</h2>${weekView(facts, nameOf)}${bookingTable(facts, nameOf)}</section>
<section id="contests"><h2>Who won, and why</h2>${contestTable(facts, nameOf)}</section>
<section id="agents"><h2>Agents</h2>${agentsView(facts)}</section>
<section id="rules"><h2>Rules</h2>${rulesView(facts.rules)}</section>
<section id="mail"><h2>Mail</h2>${mailTable(facts, nameOf)}</section>
<section id="audit"><h2>Audit</h2>${auditView(facts, nameOf)}</section>
</main>`,
  );
}

function bookingTable(facts: CalendarFacts, nameOf: (agentId: string) => string): Markup {
  const words = localWords(facts.rules.timezone);
  const rows = facts.bookings.map((booking) => ({
    id: booking.bookingId,
    cells: [
      words.span(booking.startMs, booking.endMs),
      booking.title ?? "",
      nameOf(booking.agentId),
      html`<b class="${booking.status.toLowerCase()}">${booking.status}</b>`,
      explain(booking, facts.now.wall, nameOf),
    ],
  }));
  const more = facts.moreBookings ? html`<p class="quiet">There are more bookings in this week.</p>` : html``;
  return html`<h3>Bookings of this week</h3>${table(["when", "title", "agent", "status", "what that means"], rows, "Nothing is booked in this week.")}${more}`;
}

function explain(booking: BookingView, nowMs: number, nameOf: (agentId: string) => string): string {
  switch (booking.status) {
    case "COMMITTED": {
      const endsAtMs = booking.bumpWindowEndsAtMs ?? 0;
      return endsAtMs > nowMs
        ? `a stronger agent may still take it, until ${distance(endsAtMs - nowMs).slice(3)} from now`
        : "fixed: nobody can take it any more";
    }
    case "HOLD":
      return `held, ends ${distance((booking.expiresAtMs ?? nowMs) - nowMs)}`;
    case "EVICTED":
      return booking.evictedBy === null
        ? "a stronger agent took the slot"
        : `${nameOf(booking.evictedBy.agentId)} took the slot with the higher rank`;
    case "INVALIDATED":
      return "the hold gave way to a booking of the same or a higher rank";
    case "CANCELLED":
      return "its agent cancelled it";
    case "RELEASED":
      return "its agent gave the hold up";
    case "EXPIRED":
      return "the hold was not used in time";
    case "CONSUMED":
      return "its agent booked over its own hold";
  }
}

function contestTable(facts: CalendarFacts, nameOf: (agentId: string) => string): Markup {
  const words = localWords(facts.rules.timezone);
  const rows = contestsOf(facts.events, nameOf)
    .slice(0, 30)
    .map(({ atText, bookingId, sentence, start, end }) => {
      const booking = facts.bookings.find((each) => each.bookingId === bookingId);
      const startMs = start === undefined ? booking?.startMs : Date.parse(start);
      const endMs = end === undefined ? booking?.endMs : Date.parse(end);
      return {
        cells: [
          html`<time>${words.full(Date.parse(atText))}</time>`,
          startMs === undefined || endMs === undefined ? "" : words.span(startMs, endMs),
          sentence,
          booking === undefined
            ? html`<code>${bookingId}</code>`
            : html`<a href="#${bookingId}"><code>${bookingId}</code></a>`,
        ],
      };
    });
  return table(
    ["when", "slot", "what happened", "booking"],
    rows,
    "No two agents wanted the same slot lately.",
  );
}

function mailTable(facts: CalendarFacts, nameOf: (agentId: string) => string): Markup {
  const words = localWords(facts.rules.timezone);
  const rows = facts.messages.map((message) => ({
    cells: [
      html`<time>${words.full(message.createdAtMs)}</time>`,
      nameOf(message.agentId),
      message.direction === "inbound" ? `from ${message.from}` : `to ${message.to}`,
      html`<details><summary>${message.subject === "" ? "(no subject)" : message.subject}</summary><pre>${message.bodyText}</pre></details>`,
      message.status,
    ],
  }));
  return table(["when", "agent", "with", "message", "status"], rows, "There is no mail.");
}

// What waits for the owner's word: approvals and consents, with all that is known about them.
import { html, type Markup } from "@x/core/service";
import type { ApprovalView, ConsentView, ResolutionView } from "../../rules/model/views.ts";
import { type CalendarFacts, decisionId } from "./facts.ts";
import { dateOf, distance, localWords } from "./week-time.ts";

export function decisionsView(facts: CalendarFacts, nameOf: (agentId: string) => string): Markup {
  const { undecided, decided, now, rules } = facts;
  const words = localWords(rules.timezone);
  const cards = undecided.items.map((item) =>
    "approvalId" in item ? approvalCard(item, facts, nameOf) : consentCard(item, facts, nameOf),
  );
  const before = decided.map((item) => {
    const what =
      "approvalId" in item
        ? `${item.actionType}: ${item.summary}`
        : `booking ${words.span(item.booking.startMs, item.booking.endMs)}${item.booking.title === null ? "" : `, ${item.booking.title}`}`;
    return html`<li id="${decisionId(item)}"><b class="${item.status}">${item.status}</b> ${nameOf(item.agentId)}: ${what}${noteOf(item.resolution, now.wall)}</li>`;
  });
  return html`${cards.length === 0 ? html`<p class="quiet">Nothing waits for you.</p>` : cards}
${pagesView(facts)}
${before.length === 0 ? html`` : html`<h3>Decided before</h3><ul class="resolved">${before}</ul>`}`;
}

/** The way to those that are not on this page. */
function pagesView({ undecided: { page, pages, total }, monday }: CalendarFacts): Markup {
  if (pages === 1) {
    return html``;
  }
  const link = (to: number, text: string): Markup =>
    to < 1 || to > pages
      ? html`<span class="quiet">${text}</span>`
      : html`<a href="/dashboard?week=${dateOf(monday)}&decisions=${to}#decisions">${text}</a>`;
  return html`<nav class="pages">${link(page - 1, "sooner")} <b>${total} wait, page ${page} of ${pages}</b> ${link(page + 1, "later")}</nav>`;
}

function noteOf(resolution: ResolutionView | null, nowMs: number): Markup {
  if (resolution === null) {
    return html``;
  }
  const note = resolution.note === null ? "" : `, noted “${resolution.note}”`;
  return html` <span class="quiet">${distance(resolution.decidedAtMs - nowMs)}${note}</span>`;
}

function approvalCard(
  approval: ApprovalView,
  { now, rules }: CalendarFacts,
  nameOf: (agentId: string) => string,
): Markup {
  return html`<article class="card" id="${approval.approvalId}">
<h3>${nameOf(approval.agentId)} asks: <code>${approval.actionType}</code></h3>
<p>${approval.summary}</p>
${approval.evidence === null ? html`<p class="quiet">No evidence was given.</p>` : html`<pre>${indented(approval.evidence)}</pre>`}
<p class="quiet">Evidence SHA-256 <code>${approval.evidenceSha256}</code></p>
<p class="quiet">Expires ${localWords(rules.timezone).full(approval.expiresAtMs)} (${distance(approval.expiresAtMs - now.wall)})</p>
${decisionForm(`/v1/dashboard/approvals/${approval.approvalId}/resolve`)}
</article>`;
}

function consentCard(
  { booking, moves, ...consent }: ConsentView,
  { now, rules }: CalendarFacts,
  nameOf: (agentId: string) => string,
): Markup {
  const words = localWords(rules.timezone);
  return html`<article class="card" id="${consent.consentRequestId}">
<h3>${nameOf(consent.agentId)} wants to ${moves === null ? "book" : `move ${words.span(moves.startMs, moves.endMs)} to`} ${words.span(booking.startMs, booking.endMs)}</h3>
<p>${booking.title ?? "Without a title"}. The slot is held until you decide; a stronger agent may still take it.</p>
${booking.invitee === null ? html`` : html`<pre>${indented(booking.invitee)}</pre>`}
${booking.metadata === null ? html`` : html`<pre>${indented(booking.metadata)}</pre>`}
<p class="quiet">Parameters SHA-256 <code>${consent.paramsSha256}</code></p>
<p class="quiet">Expires ${words.full(consent.expiresAtMs)} (${distance(consent.expiresAtMs - now.wall)})</p>
${decisionForm(`/v1/dashboard/consents/${consent.consentRequestId}/resolve`)}
</article>`;
}

/** Only its buttons decide: a key that ends the note must not. */
function decisionForm(path: string): Markup {
  return html`<form data-send="POST" action="${path}">
<label>Note <input name="note" maxlength="500" autocomplete="off"></label>
<button type="button" name="decision" value="approved" class="yes">Approve</button>
<button type="button" name="decision" value="denied" class="no">Deny</button>
<output></output></form>`;
}

/** JSON text on several lines, its numbers as they were written: breaks are put where they change nothing. */
function indented(text: string): string {
  let depth = 0;
  let inString = false;
  let written = "";
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (inString) {
      written += character;
      if (character === "\\") {
        index++;
        written += text.charAt(index);
      } else if (character === '"') {
        inString = false;
      }
      continue;
    }
    const next = text.charAt(index + 1);
    if (character === '"') {
      inString = true;
      written += character;
    } else if ((character === "{" || character === "[") && next !== "}" && next !== "]") {
      depth++;
      written += `${character}\n${"  ".repeat(depth)}`;
    } else if ((character === "}" || character === "]") && !/[{[]$/.test(written)) {
      depth--;
      written += `\n${"  ".repeat(depth)}${character}`;
    } else if (character === ",") {
      written += `,\n${"  ".repeat(depth)}`;
    } else {
      written += character === ":" ? ": " : character;
    }
  }
  return written;
}

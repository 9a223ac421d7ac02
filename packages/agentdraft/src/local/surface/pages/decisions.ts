// What waits for the owner's word: approvals and consents, with all that is known about them.
import { html, type Markup } from "@x/core/service";
import type { ApprovalView, ConsentView, ResolutionView } from "../../rules/model/views.ts";
import type { CalendarFacts } from "./facts.ts";
import { distance, localWords } from "./week-time.ts";

const mostResolved = 10;

export function decisionsView(facts: CalendarFacts, nameOf: (agentId: string) => string): Markup {
  const { approvals, consents, now, rules } = facts;
  const words = localWords(rules.timezone);
  const pending = [
    ...consents
      .filter(({ status }) => status === "pending")
      .map((consent) => consentCard(consent, facts, nameOf)),
    ...approvals
      .filter(({ status }) => status === "pending")
      .map((approval) => approvalCard(approval, facts, nameOf)),
  ];
  const resolved = [
    ...approvals.map(({ approvalId, actionType, summary, ...rest }) => ({
      id: approvalId,
      what: `${actionType}: ${summary}`,
      ...rest,
    })),
    ...consents.map(({ consentRequestId, booking, ...rest }) => ({
      id: consentRequestId,
      what: `booking ${words.span(booking.startMs, booking.endMs)}${booking.title === null ? "" : `, ${booking.title}`}`,
      ...rest,
    })),
  ]
    .filter(({ status }) => status !== "pending")
    .sort((a, b) => b.createdAtMs - a.createdAtMs)
    .slice(0, mostResolved)
    .map(
      ({ id, what, status, agentId, resolution }) =>
        html`<li id="${id}"><b class="${status}">${status}</b> ${nameOf(agentId)}: ${what}${noteOf(resolution, now.wall)}</li>`,
    );
  return html`${pending.length === 0 ? html`<p class="quiet">Nothing waits for you.</p>` : pending}
${resolved.length === 0 ? html`` : html`<h3>Decided before</h3><ul class="resolved">${resolved}</ul>`}`;
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

function decisionForm(path: string): Markup {
  return html`<form data-send="POST" action="${path}">
<label>Note <input name="note" maxlength="500" autocomplete="off"></label>
<button name="decision" value="approved" class="yes">Approve</button>
<button name="decision" value="denied" class="no">Deny</button>
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

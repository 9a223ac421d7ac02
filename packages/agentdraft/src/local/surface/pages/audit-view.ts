// The newest rows of the audit chain, and whether they hang together.
import { html, type Markup } from "@x/core/service";
import { auditEventHash, genesisHash } from "../../../wire/chain.ts";
import type { AuditEvent } from "../../rules/model/views.ts";
import type { CalendarFacts } from "./facts.ts";
import { table } from "./table.ts";

const shownEvents = 50;

export function auditView(facts: CalendarFacts, nameOf: (agentId: string) => string): Markup {
  const { events, head } = facts;
  const broken = firstBroken(events);
  const verdict =
    broken === undefined
      ? html`<p class="good">The newest ${events.length} events hang together, up to place ${head.seq}.</p>`
      : html`<p class="bad">The chain is broken at place ${broken}: what is stored is not what was written.</p>`;
  const rows = events
    .slice(-shownEvents)
    .reverse()
    .map(({ seq, at, type, actor, resource, hash }) => ({
      cells: [
        seq,
        html`<time>${at.slice(0, 19).replace("T", " ")}</time>`,
        html`<code>${type}</code>`,
        actor.agent_id === null ? (actor.kind === "user" ? "you" : "the server") : nameOf(actor.agent_id),
        html`<code>${resource}</code>`,
        html`<code title="${hash}">${hash.slice(0, 12)}</code>`,
      ],
    }));
  return html`${verdict}
<p>Head <code>${head.hash}</code></p>
<p><button data-verify="/v1/dashboard/audit" data-genesis="${genesisHash}">Verify the whole chain in this browser</button> <output id="verdict"></output></p>
${table(["#place", "when (UTC)", "what", "who", "about", "hash"], rows, "Nothing has happened yet.")}`;
}

/** The place of the first event whose hash, link or place is not right. */
function firstBroken(events: readonly AuditEvent[]): number | undefined {
  let previous: AuditEvent | undefined;
  for (const event of events) {
    const linked =
      previous === undefined
        ? event.seq > 1 || event.prev_hash === genesisHash
        : event.prev_hash === previous.hash && event.seq === previous.seq + 1;
    if (!linked || auditEventHash(event) !== event.hash) {
      return event.seq;
    }
    previous = event;
  }
  return undefined;
}

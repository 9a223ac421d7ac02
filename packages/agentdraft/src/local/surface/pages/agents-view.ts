// The owner's agents, and what can be done with them.
import { html, type Markup } from "@x/core/service";
import { type AgentView, scopes } from "../../rules/model/views.ts";
import type { CalendarFacts } from "./facts.ts";
import { table } from "./table.ts";
import { localWords } from "./week-time.ts";

export function agentsView({ agents, rules }: CalendarFacts): Markup {
  const words = localWords(rules.timezone);
  const rows = [...agents]
    .sort(
      (a, b) => Number(a.status === "REVOKED") - Number(b.status === "REVOKED") || a.priority - b.priority,
    )
    .map((agent) => ({
      id: agent.agentId,
      cells: [
        agent.priority,
        html`<b>${agent.name}</b><br><code>${agent.agentId}</code><br><code class="long">${agent.mailboxAddress}</code>`,
        agent.scopes.join(", "),
        agent.requiresConsent ? "asks you" : "no",
        agent.keyExpiresAtMs === null ? "does not expire" : words.full(agent.keyExpiresAtMs),
        agent.status === "ACTIVE" ? actionsOf(agent) : html`<span class="quiet">revoked</span>`,
      ],
    }));
  return html`<p class="quiet">Rank 1 is the strongest: its commits take a slot from higher numbers while these are in their bump window.</p>
${table(["#rank", "agent", "may", "consent", "key", "change"], rows, "There is no agent yet.")}
<details><summary>Add an agent</summary>
<form data-send="POST" action="/v1/dashboard/agents" data-show="plaintext_key">
<label>Name <input name="name" required maxlength="200" autocomplete="off"></label>
<label>Rank <input name="priority" type="number" min="1" max="1000" value="100" required></label>
<fieldset><legend>May</legend>${scopes.map(
    (scope) =>
      html`<label><input type="checkbox" name="scopes[]" value="${scope}" checked> ${scope}</label> `,
  )}</fieldset>
<label><input type="checkbox" name="requires_consent"> asks you before each booking</label>
<button>Add</button><output></output></form></details>`;
}

function actionsOf(agent: AgentView): Markup {
  const path = `/v1/dashboard/agents/${agent.agentId}`;
  return html`<form data-send="PATCH" action="${path}" class="inline"><label>rank <input name="priority" type="number" min="1" max="1000" value="${agent.priority}" required></label><button>Set</button><output></output></form>
<form data-send="PATCH" action="${path}" class="inline"><input type="hidden" name="requires_consent" value="${agent.requiresConsent ? "false" : "true"}"><button>${agent.requiresConsent ? "Stop asking me" : "Ask me first"}</button><output></output></form>
<form data-send="POST" action="${path}/rotate-key" data-show="plaintext_key" data-confirm="Give ${agent.name} a new key? The old one ends at once." class="inline"><button>New key</button><output></output></form>
<form data-send="DELETE" action="${path}" data-confirm="Revoke ${agent.name}? Its key ends at once; its bookings stay." class="inline"><button class="no">Revoke</button><output></output></form>`;
}

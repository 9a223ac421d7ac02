// Agents of a calendar: their ranks, scopes and keys.

import type { Now } from "@x/core/service";
import { isoformat } from "../../../wire/isoformat.ts";
import { releaseHoldsOf } from "../bookings/hold-ends.ts";
import { addressKey } from "../mail/address.ts";
import { agentView, ownCalendar } from "../model/auth.ts";
import { emitAudited, owner } from "../model/chain.ts";
import type { CommandOf, Replies } from "../model/commands.ts";
import type { RecordOf } from "../model/records.ts";
import { invalid, notFound, type Refusal } from "../model/refusal.ts";
import type { DraftRules } from "../model/rule-options.ts";
import { type Agent, calendarOf, type State } from "../model/state.ts";
import { isVisible, lengthOf } from "../model/texts.ts";
import type { DraftTurn } from "../model/turn.ts";
import { type AgentView, type AuditValue, scopes } from "../model/views.ts";

/** How long the key before the newest still verifies. */
const signingKeyOverlapMs = 86_400_000;

type AgentReply = { readonly agent: AgentView } | Refusal;

export function createAgent(
  state: State,
  command: CommandOf<"createAgent">,
  turn: DraftTurn,
  settings: DraftRules,
): AgentReply {
  const { userId, agentId, name, priority, requiresConsent, keyHash, signingKey } = command;
  const calendar = ownCalendar(state, userId);
  if ("refused" in calendar) {
    return calendar;
  }
  const problem = problemOf(command);
  if (problem !== undefined) {
    return problem;
  }
  const mailboxAddress = `${slugOf(name)}-${command.mailboxSuffix}@${settings.mailboxDomain}`;
  emitAudited(turn, calendar, {
    type: "agent.created",
    actor: owner,
    resource: agentId,
    data: {
      name: name.toWellFormed(),
      priority,
      scopes: command.scopes,
      requires_consent: requiresConsent,
    },
    record: {
      type: "agent.created",
      agentId,
      userId,
      name,
      scopes: command.scopes,
      priority,
      requiresConsent,
      keyHash,
      signingKey,
      mailboxAddress,
    },
  });
  return shown(state, agentId);
}

export function listAgents(
  state: State,
  { userId }: CommandOf<"listAgents">,
): Replies["listAgents"] | Refusal {
  const calendar = ownCalendar(state, userId);
  if ("refused" in calendar) {
    return calendar;
  }
  const agents: AgentView[] = [];
  for (const agentId of calendar.agentIds) {
    const agent = state.agents.get(agentId);
    if (agent !== undefined) {
      agents.push(agentView(state, agent));
    }
  }
  return { agents };
}

export function updateAgent(state: State, command: CommandOf<"updateAgent">, turn: DraftTurn): AgentReply {
  const agent = ownAgent(state, command);
  if ("refused" in agent) {
    return agent;
  }
  const problem = problemOf(command);
  if (problem !== undefined) {
    return problem;
  }
  const { type: _type, userId: _userId, agentId, ...changes } = command;
  const { name, priority, requiresConsent, keyExpiresAtMs } = changes;
  return change(state, agent, changes, turn, {
    ...(name === undefined ? {} : { name: name.toWellFormed() }),
    ...(changes.scopes === undefined ? {} : { scopes: changes.scopes }),
    ...(priority === undefined ? {} : { priority }),
    ...(requiresConsent === undefined ? {} : { requires_consent: requiresConsent }),
    ...(keyExpiresAtMs === undefined
      ? {}
      : { key_expires_at: keyExpiresAtMs === null ? null : isoformat(keyExpiresAtMs) }),
  });
}

/** Its bookings stay; its live holds do not. */
export function revokeAgent(state: State, command: CommandOf<"revokeAgent">, turn: DraftTurn): AgentReply {
  const agent = ownAgent(state, command);
  if ("refused" in agent) {
    return agent;
  }
  if (!agent.revoked) {
    releaseHoldsOf(state, agent, turn);
    emitAudited(turn, calendarOf(state, agent), {
      type: "agent.revoked",
      actor: owner,
      resource: agent.agentId,
      data: {},
      record: { type: "agent.revoked", agentId: agent.agentId },
    });
  }
  return shown(state, agent.agentId);
}

export function rotateKey(state: State, command: CommandOf<"rotateKey">, turn: DraftTurn): AgentReply {
  const agent = ownAgent(state, command);
  if ("refused" in agent) {
    return agent;
  }
  return change(state, agent, { keyHash: command.keyHash }, turn, { api_key: "rotated" });
}

export function rotateSigningKey(
  state: State,
  command: CommandOf<"rotateSigningKey">,
  turn: DraftTurn,
): AgentReply {
  const agent = ownAgent(state, command);
  if ("refused" in agent) {
    return agent;
  }
  const { signingKey } = command;
  return change(state, agent, { signingKey }, turn, { signing_key_kid: signingKey.kid });
}

export function describeAgent(state: State, { agentId }: CommandOf<"describeAgent">): AgentReply {
  return shown(state, agentId);
}

type Changes = Omit<RecordOf<"agent.updated">, "type" | "agentId" | "audit">;

function change(
  state: State,
  agent: Agent,
  changes: Changes,
  turn: DraftTurn,
  data: { readonly [key: string]: AuditValue },
): AgentReply {
  if (agent.revoked) {
    return notFound("agent", agent.agentId);
  }
  emitAudited(turn, calendarOf(state, agent), {
    type: "agent.updated",
    actor: owner,
    resource: agent.agentId,
    data,
    record: { type: "agent.updated", agentId: agent.agentId, ...changes },
  });
  return shown(state, agent.agentId);
}

function shown(state: State, agentId: string): AgentReply {
  const agent = state.agents.get(agentId);
  return agent === undefined ? notFound("agent", agentId) : { agent: agentView(state, agent) };
}

function ownAgent(
  state: State,
  { userId, agentId }: { readonly userId: string; readonly agentId: string },
): Agent | Refusal {
  const agent = state.agents.get(agentId);
  return agent === undefined || agent.userId !== userId ? notFound("agent", agentId) : agent;
}

function problemOf(
  command: Pick<CommandOf<"updateAgent">, "name" | "priority" | "scopes">,
): Refusal | undefined {
  const { name, priority } = command;
  if (name !== undefined && !(isVisible(name) && lengthOf(name) <= 200)) {
    return invalid("name", "a name has 1 to 200 characters, and one at least that can be seen");
  }
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 1 && priority <= 1_000)) {
    return invalid("priority", "a priority is a whole number from 1, the strongest, to 1000");
  }
  const unknown = command.scopes?.find((scope) => !scopes.includes(scope));
  return unknown === undefined ? undefined : invalid("scopes", `there is no scope ${unknown}`);
}

/** The name as the beginning of a mail address. */
function slugOf(name: string): string {
  const slug = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, "");
  return slug === "" ? "agent" : slug;
}

export function applyAgent(
  state: State,
  record: RecordOf<"agent.created" | "agent.updated" | "agent.revoked">,
  now: Now,
): void {
  if (record.type === "agent.created") {
    const { type: _type, audit: _audit, ...facts } = record;
    const calendar = calendarOf(state, record);
    const agent: Agent = {
      ...facts,
      workspaceId: calendar.workspaceId,
      createdAtMs: now.wall,
      revoked: false,
      keyExpiresAtMs: null,
      previousSigningKeys: [],
      messageIds: [],
      sentDay: 0,
      sentToday: 0,
    };
    addAgent(state, agent);
    calendar.agentIds.push(agent.agentId);
    return;
  }
  const agent = state.agents.get(record.agentId);
  if (agent === undefined) {
    return;
  }
  if (record.type === "agent.revoked") {
    agent.revoked = true;
    return;
  }
  agent.name = record.name ?? agent.name;
  agent.scopes = record.scopes ?? agent.scopes;
  agent.priority = record.priority ?? agent.priority;
  agent.requiresConsent = record.requiresConsent ?? agent.requiresConsent;
  if (record.keyExpiresAtMs !== undefined) {
    agent.keyExpiresAtMs = record.keyExpiresAtMs;
  }
  if (record.keyHash !== undefined) {
    agent.keyHash = record.keyHash;
    agent.keyExpiresAtMs = null;
    state.agentsByKey.set(record.keyHash, agent);
  }
  if (record.signingKey !== undefined) {
    agent.previousSigningKeys = [
      ...agent.previousSigningKeys.filter(({ untilMs }) => now.wall < untilMs),
      { ...agent.signingKey, untilMs: now.wall + signingKeyOverlapMs },
    ];
    agent.signingKey = record.signingKey;
  }
}

/** Makes an agent findable by its id, its key and its address. */
export function addAgent(state: State, agent: Agent): void {
  state.agents.set(agent.agentId, agent);
  state.agentsByKey.set(agent.keyHash, agent);
  state.agentsByAddress.set(addressKey(agent.mailboxAddress), agent);
}

// The mailboxes: reading them, and what the records of mail change.
import type { Now } from "@x/core/service";
import { liveAgent, ownCalendar } from "../model/auth.ts";
import type { CommandOf, Page, Replies } from "../model/commands.ts";
import { keep } from "../model/keys.ts";
import type { RecordOf } from "../model/records.ts";
import { invalid, notFound, type Refusal } from "../model/refusal.ts";
import type { DraftRules } from "../model/rule-options.ts";
import { type Agent, calendarOf, type Message, type State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import type { MessageView, QuotaView, SuppressionView } from "../model/views.ts";
import { addressKey } from "./address.ts";

const dayMs = 86_400_000;

export function mailboxInfo(
  state: State,
  { agentId }: CommandOf<"mailboxInfo">,
  nowMs: number,
  settings: DraftRules,
): Replies["mailboxInfo"] | Refusal {
  const agent = liveAgent(state, agentId);
  if ("refused" in agent) {
    return agent;
  }
  const quota = quotaOf(agent, nowMs, settings);
  return { mailbox: { address: agent.mailboxAddress, agentId, displayName: agent.name, quota } };
}

/** What an agent may still send on the UTC day of an instant. */
export function quotaOf(agent: Agent, nowMs: number, { mailQuotaPerDay: limit }: DraftRules): QuotaView {
  const day = Math.floor(nowMs / dayMs);
  const used = agent.sentDay === day ? agent.sentToday : 0;
  return { limit, used, remaining: Math.max(0, limit - used), resetsAtMs: (day + 1) * dayMs };
}

/** Newest first. A cursor stays good while new messages arrive. */
export function listMessages(state: State, command: CommandOf<"listMessages">): Page<MessageView> | Refusal {
  const agent = liveAgent(state, command.agentId);
  if ("refused" in agent) {
    return agent;
  }
  const { cursor, limit, direction, bookingId, sinceMs } = command;
  if (cursor !== null && !/^\d{1,15}$/.test(cursor)) {
    return invalid("cursor", "this cursor was not made by an earlier answer");
  }
  const items: MessageView[] = [];
  let position =
    cursor === null ? agent.messageIds.length : Math.min(Number(cursor), agent.messageIds.length);
  for (; position > 0 && items.length < limit; position -= 1) {
    const message = state.messages.get(agent.messageIds[position - 1] ?? "");
    const matches =
      message !== undefined &&
      (direction === null || message.direction === direction) &&
      (bookingId === null || message.bookingId === bookingId) &&
      (sinceMs === null || message.createdAtMs >= sinceMs);
    if (matches) {
      items.push(messageView(message));
    }
  }
  return { items, nextCursor: position > 0 ? String(position) : null };
}

export function getMessage(
  state: State,
  { agentId, messageId }: CommandOf<"getMessage">,
): Replies["getMessage"] | Refusal {
  const agent = liveAgent(state, agentId);
  if ("refused" in agent) {
    return agent;
  }
  const message = state.messages.get(messageId);
  return message === undefined || message.agentId !== agentId
    ? notFound("message", messageId)
    : { message: messageView(message) };
}

/** The newest mail of all agents of a calendar, newest first. */
export function listMail(
  state: State,
  { userId, limit }: CommandOf<"listMail">,
): Replies["listMail"] | Refusal {
  const calendar = ownCalendar(state, userId);
  if ("refused" in calendar) {
    return calendar;
  }
  const newest: Message[] = [];
  for (const agentId of calendar.agentIds) {
    for (const messageId of state.agents.get(agentId)?.messageIds.slice(-limit) ?? []) {
      const message = state.messages.get(messageId);
      if (message !== undefined) {
        newest.push(message);
      }
    }
  }
  newest.sort((a, b) => b.createdAtMs - a.createdAtMs || (a.messageId < b.messageId ? 1 : -1));
  return { messages: newest.slice(0, limit).map((message) => ({ ...message })) };
}

export function checkSuppression(
  state: State,
  { agentId, address }: CommandOf<"checkSuppression">,
): Replies["checkSuppression"] | Refusal {
  const agent = liveAgent(state, agentId);
  return "refused" in agent ? agent : { suppression: suppressionView(state, agent.userId, address) };
}

export function listSuppressions(
  state: State,
  { userId }: CommandOf<"listSuppressions">,
): Replies["listSuppressions"] | Refusal {
  const calendar = ownCalendar(state, userId);
  if ("refused" in calendar) {
    return calendar;
  }
  return {
    suppressions: [...calendar.suppressions.values()].map(({ address }) =>
      suppressionView(state, userId, address),
    ),
  };
}

export function addSuppression(
  state: State,
  { userId, address, reason }: CommandOf<"addSuppression">,
  turn: DraftTurn,
): Replies["addSuppression"] | Refusal {
  const calendar = ownCalendar(state, userId);
  if ("refused" in calendar) {
    return calendar;
  }
  turn.emit({ type: "suppression.added", userId, address, reason });
  return { suppression: suppressionView(state, userId, address) };
}

export function removeSuppression(
  state: State,
  { userId, address }: CommandOf<"removeSuppression">,
  turn: DraftTurn,
): Replies["removeSuppression"] | Refusal {
  const calendar = ownCalendar(state, userId);
  if ("refused" in calendar) {
    return calendar;
  }
  if (calendar.suppressions.has(addressKey(address))) {
    turn.emit({ type: "suppression.removed", userId, address });
  }
  return { suppression: suppressionView(state, userId, address) };
}

/** A mail server elsewhere refuses an address: nobody here writes to it any more. */
export function bounceMail(
  state: State,
  { address, reason }: CommandOf<"bounceMail">,
  turn: DraftTurn,
): Replies["bounceMail"] {
  for (const { userId } of state.calendars.values()) {
    turn.emit({ type: "suppression.added", userId, address, reason: reason ?? "bounce" });
  }
  for (const { messageId, direction, to, status } of state.messages.values()) {
    if (direction === "outbound" && status === "sent" && addressKey(to) === addressKey(address)) {
      turn.emit({ type: "mail.bounced", messageId });
    }
  }
  return {
    suppression: { address, suppressed: true, reason: reason ?? "bounce", sinceMs: turn.now.wall },
  };
}

function suppressionView(state: State, userId: string, address: string): SuppressionView {
  const suppression = state.calendars.get(userId)?.suppressions.get(addressKey(address));
  return {
    address,
    suppressed: suppression !== undefined,
    reason: suppression?.reason ?? null,
    sinceMs: suppression?.sinceMs ?? null,
  };
}

function messageView({ agentId: _, ...message }: Message): MessageView {
  return message;
}

/** A message of an agent's own mailbox. */
export function ownMessage(state: State, agent: Agent, messageId: string): Message | undefined {
  const message = state.messages.get(messageId);
  return message?.agentId === agent.agentId ? message : undefined;
}

/** Names a message in one mailbox by the id that mail servers know. */
export const rfcKey = (agentId: string, rfcMessageId: string): string => `${agentId} ${rfcMessageId}`;

export function applyMail(
  state: State,
  record: RecordOf<"mail.added" | "mail.bounced" | "suppression.added" | "suppression.removed">,
  now: Now,
): void {
  switch (record.type) {
    case "mail.added": {
      const agent = state.agents.get(record.agentId);
      if (agent === undefined) {
        return;
      }
      const { message } = record;
      addMessage(state, agent, { ...message, agentId: agent.agentId });
      if (message.direction === "outbound") {
        const day = Math.floor(now.wall / dayMs);
        agent.sentToday = agent.sentDay === day ? agent.sentToday + 1 : 1;
        agent.sentDay = day;
        keep(state, record.key, now.wall, { kind: "message", message });
      }
      break;
    }
    case "mail.bounced": {
      const message = state.messages.get(record.messageId);
      if (message !== undefined) {
        message.status = "bounced";
      }
      break;
    }
    case "suppression.added": {
      const { address, reason } = record;
      calendarOf(state, record).suppressions.set(addressKey(address), {
        address,
        reason,
        sinceMs: now.wall,
      });
      break;
    }
    case "suppression.removed":
      calendarOf(state, record).suppressions.delete(addressKey(record.address));
      break;
  }
}

export function addMessage(state: State, agent: Agent, message: Message): void {
  state.messages.set(message.messageId, message);
  agent.messageIds.push(message.messageId);
  const key = rfcKey(agent.agentId, message.rfcMessageId);
  // Mail to oneself lies twice in the mailbox; answers belong to the first.
  if (!state.messagesByRfcId.has(key)) {
    state.messagesByRfcId.set(key, message.messageId);
  }
}

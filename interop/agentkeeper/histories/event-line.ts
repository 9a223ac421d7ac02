// An event of the bus as a recording holds it.
import type { EventPayload, WatchEvent } from "@x/agentkeeper";
import { monotonicMicros } from "../../shared/histories/recording.ts";
import type { EventLine, Fields } from "./recording.ts";

export function eventLine(event: WatchEvent): EventLine {
  return {
    sequence: Number(event.sequence),
    topic: event.topic,
    occurredAt: event.timestamp.getTime(),
    at: monotonicMicros(),
    ...payloadFields(event.payload),
  };
}

type PayloadFields = Fields & Pick<EventLine, "expiresAt" | "lastHeartbeatAt" | "reason">;

function payloadFields(payload: EventPayload | null): PayloadFields {
  if (payload === null) {
    return {};
  }
  if ("card" in payload) {
    const { agentId, card, status, lastHeartbeatAt } = payload;
    return { agent: agentId, name: card.name, status, lastHeartbeatAt: lastHeartbeatAt.getTime() };
  }
  if ("holderAgentId" in payload) {
    const { taskId, holderAgentId, token, expiresAt } = payload;
    return { key: taskId, agent: holderAgentId, token: String(token), expiresAt: expiresAt.getTime() };
  }
  if ("leaderAgentId" in payload) {
    const { group, leaderAgentId, term } = payload;
    return { group, leader: leaderAgentId, term: String(term) };
  }
  if ("retryCount" in payload) {
    return {
      task: payload.id,
      taskType: payload.type,
      status: payload.status,
      claimedBy: payload.claimedByAgentId,
      retryCount: payload.retryCount,
      maxRetries: payload.maxRetries,
      reason: payload.failureReason,
    };
  }
  return {};
}

// An event as it is polled, put together as text: each member of a channel gets the same message with a name and an id of its own.

import { wireEvent } from "../../../wire/event.ts";
import { systemNotices } from "../../../wire/names.ts";
import type { Polled } from "../../rules/model/commands.ts";
import type { Entry, Said } from "../../rules/model/entities.ts";
import { withMembers } from "../../rules/model/exact-json.ts";
import { idOf } from "../../rules/model/state.ts";

const quoted = (text: string | null | undefined): string =>
  text === null || text === undefined ? "null" : JSON.stringify(text);

/** One entry of a queue, for the agent whose it is. */
export function eventJson(prefix: string, agentId: string, { n, delivery: { said, notice } }: Entry): string {
  return notice === null
    ? written(said, said.name, said.id, said.to, said.payload, said)
    : written(
        { ...said, metadata: "{}", visibility: "network" },
        notice.name,
        idOf(prefix, n),
        agentId,
        notice.payload ?? withMembers(said.payload, notice.more),
        {},
      );
}

/** All fields, in the order of the wire. */
function written(
  { source, atMs, metadata, visibility, group }: Said,
  name: string,
  id: string,
  to: string | null,
  payload: string,
  { requiresResponse, responseTo, threadName, textRepresentation, allowedAgents }: Partial<Said>,
): string {
  return `{"event_name":${quoted(name)},"source_id":${quoted(source)},"event_id":${quoted(id)},"timestamp":${Math.floor(
    atMs / 1_000,
  )},"source_type":"agent","destination_id":${quoted(to)},"relevant_mod":null,"requires_response":${
    requiresResponse === true
  },"response_to":${quoted(responseTo)},"thread_name":${quoted(threadName)},"payload":${payload},"metadata":${metadata},"text_representation":${quoted(
    textRepresentation,
  )},"visibility":${quoted(visibility)},"allowed_agents":${
    allowedAgents === undefined ? "null" : JSON.stringify(allowedAgents)
  },"secret":null,"source_agent_group":${quoted(group)}}`;
}

/** What a poll begins with after events were lost because nobody had fetched them. */
export function overflowJson(
  agentId: string,
  { dropped, sinceMs }: Polled,
  id: string,
  nowMs: number,
): string {
  return JSON.stringify(
    wireEvent({
      event_name: systemNotices.queueOverflow,
      source_id: "system",
      event_id: id,
      timestamp: Math.floor(nowMs / 1_000),
      destination_id: agentId,
      payload: { agent_id: agentId, dropped, since: (sinceMs ?? nowMs) / 1_000 },
    }),
  );
}

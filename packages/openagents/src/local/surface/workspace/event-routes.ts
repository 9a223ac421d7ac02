// Events of a workspace over HTTP: posted, read by cursor, and followed.
import {
  defineRoute,
  events,
  follow,
  HttpProblem,
  type HttpRequest,
  type HttpRoute,
  isGap,
  type SseEvent,
} from "@x/core/service";
import { z } from "zod";
import { type Body, bodyOf, isBody, textOf } from "../../../wire/body.ts";
import { onmTypes } from "../../../wire/names.ts";
import { agentOfOnm, channelOfOnm, onmAgent } from "../../../wire/onm.ts";
import { onmPaths } from "../../../wire/paths.ts";
import { conversationsOf } from "../../rules/messaging/histories.ts";
import { channelLane, speakerOf, textOfMessage } from "../../rules/messaging/messages.ts";
import type { LogQuery } from "../../rules/model/commands.ts";
import type { Message } from "../../rules/model/entities.ts";
import { exactOf } from "../../rules/model/exact-json.ts";
import type { NetworkEvent } from "../../rules/model/records.ts";
import type { Workspace } from "../../rules/model/state.ts";
import { onmPlaceOf } from "../../rules/workspaces/bridge.ts";
import { hashOf, type Surface } from "../context.ts";
import { eventText } from "./encode.ts";
import { anyToken, ask, doc, headerToken, ok, okText, open, readable } from "./envelope.ts";
import { demanded, fieldsOf, wholeIn } from "./fields.ts";

const pages = { min: 1, max: 500, fallback: 50 };

export function eventRoutes(surface: Surface): readonly HttpRoute[] {
  return [
    defineRoute({
      ...open,
      method: "POST",
      path: onmPaths.events,
      doc: doc("postEvent", "Post an event"),
      body: z.unknown(),
      async handle({ request, body, bodyText }) {
        const fields = fieldsOf(body);
        const exact = bodyOf(exactOf(body, bodyText));
        const { session_id: session } = fields.object("metadata");
        const payload = fields.object("payload");
        const posted = {
          onmType: fields.text("type"),
          source: fields.text("source"),
          target: fields.text("target"),
          visibility: fields.optionalText("visibility") ?? "channel",
        };
        const network = fields.optionalText("network");
        if (network === null) {
          throw new HttpProblem(400, "bad_request", "Missing required field: network");
        }
        const { message } = await ask(
          surface,
          {
            type: "post",
            network,
            tokenHash: headerToken(request),
            ...posted,
            payload,
            payloadText: JSON.stringify(isBody(exact.payload) ? exact.payload : payload),
            metadataText: JSON.stringify(withoutSession(bodyOf(exact.metadata))),
            sessionHash: textOf(session) === undefined ? null : hashOf(String(session)),
          },
          { bad_token: "rejected by guard" },
        );
        return okText(eventText(message, { withVisibility: false }));
      },
    }),

    defineRoute({
      ...open,
      method: "GET",
      path: onmPaths.events,
      doc: doc("readEvents", "Events by cursor"),
      async handle({ request }) {
        const network = demanded(request.query, "network");
        const query = logQuery(request);
        const { messages, hasMore } = await ask(surface, {
          type: "readLog",
          network,
          tokenHash: headerToken(request),
          query,
        });
        const list = `"events":[${messages.map((message) => eventText(message)).join(",")}],"has_more":${hasMore}`;
        if (query.member !== null && messages.length === 0) {
          return okText(`{${list}}`);
        }
        const ids = query.descending
          ? [messages.at(-1)?.id, messages[0]?.id]
          : [messages[0]?.id, messages.at(-1)?.id];
        const [oldest, newest] = ids.map((id) => JSON.stringify(id ?? null));
        return okText(`{${list},"oldest_id":${oldest},"newest_id":${newest}}`);
      },
    }),

    defineRoute({
      ...open,
      method: "GET",
      path: onmPaths.stream,
      doc: doc("streamEvents", "Events as they come, as server-sent events"),
      async handle({ request }) {
        const { workspace } = await ask(
          surface,
          {
            type: "readWorkspace",
            network: demanded(request.query, "network"),
            tokenHash: anyToken(request),
          },
          { bad_token: "Invalid credentials" },
        );
        const { channel } = request.query;
        return events({
          open: (signal) => logStream(surface, workspace, channel, request.lastEventId, signal),
          keepAliveText: "keepalive",
        });
      },
    }),

    defineRoute({
      ...open,
      method: "GET",
      path: onmPaths.conversations,
      doc: doc("conversations", "Who talks with whom"),
      async handle({ request }) {
        const { workspace } = await readable(surface, request);
        const agent = request.query.agent;
        const limit = wholeIn(request.query, "limit", pages);
        const conversations = conversationsOf(workspace)
          .filter(({ agents }) => agent === undefined || agents.includes(agentOfOnm(agent)))
          .sort((a, b) => b.last.seq - a.last.seq)
          .slice(0, limit)
          .map(({ agents, last, count }) => ({
            agents: agents.map(onmAgent),
            last_message: {
              content: textOfMessage(last),
              sender: onmAgent(speakerOf(last)),
              timestamp: last.atMs,
            },
            message_count: count,
          }));
        return ok({ conversations });
      },
    }),

    defineRoute({
      ...open,
      method: "GET",
      path: onmPaths.latestPerChannel,
      doc: doc("latestPerChannel", "The newest event of each channel"),
      async handle({ request }) {
        const { workspace } = await readable(surface, request);
        const { type } = request.query;
        const latest = [...newestOf(workspace, type)].map(
          ([name, message]) => `${JSON.stringify(name)}:${eventText(message)}`,
        );
        return okText(`{"channels":{${latest.join(",")}}}`);
      },
    }),
  ];
}

function withoutSession({ session_id: _, ...metadata }: Body): Body {
  return metadata;
}

/** @throws {HttpProblem} 422, 400 */
function logQuery({ query }: HttpRequest): LogQuery {
  const { after, before, target, channel, type, conversation, search, member, sort } = query;
  const limit = wholeIn(query, "limit", pages);
  const [a, b, ...more] = conversation?.split(",").map((address) => address.trim()) ?? [];
  if (
    conversation !== undefined &&
    (a === undefined || a === "" || b === undefined || b === "" || more.length > 0)
  ) {
    throw new HttpProblem(400, "bad_request", "conversation must be two comma-separated addresses");
  }
  return {
    after: after ?? null,
    before: before ?? null,
    target: target ?? null,
    channel: channel ?? null,
    typePrefix: type ?? null,
    conversation: a === undefined || b === undefined ? null : [a, b],
    search: search ?? null,
    member: member ?? null,
    descending: sort === "desc",
    limit,
  };
}

/** The newest event of each channel; a type says what it begins with. */
function newestOf({ channels, lanes, log }: Workspace, type = "workspace.message"): Map<string, Message> {
  const newest = new Map<string, Message>();
  if (onmTypes.message.startsWith(type)) {
    for (const name of channels.keys()) {
      const lane = lanes.get(channelLane(name));
      const last = lane?.at(lane.length - 1);
      if (last !== undefined) {
        newest.set(name, last);
      }
    }
    return newest;
  }
  for (const message of log.before(Number.POSITIVE_INFINITY)) {
    const place = onmPlaceOf(message);
    const channel = channelOfOnm(place.target);
    if (channel !== undefined && place.type.startsWith(type) && !newest.has(channel)) {
      newest.set(channel, message);
    }
  }
  return newest;
}

/** The log as it grows, from behind the event that a reader has seen last: what the feed has no longer, or not since a start, the log has. */
async function* logStream(
  { engine }: Surface,
  { facts: { id }, byId, log }: Workspace,
  channel: string | undefined,
  lastEventId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<SseEvent, void> {
  const { logged, clock } = engine;
  const isWanted = (message: Message): boolean =>
    channel === undefined || channelOfOnm(onmPlaceOf(message).target) === channel;
  const filter = ({ workspaceId, message }: NetworkEvent): boolean => workspaceId === id && isWanted(message);
  let place = byId.get(lastEventId ?? "")?.seq ?? logged.last;
  while (!signal.aborted && !engine.stopping.aborted) {
    // What is in the log and not in the feed yet is not on the disk yet.
    const upTo = logged.last;
    for (const message of place < upTo ? log.after(place) : []) {
      if (message.seq > upTo) {
        break;
      }
      if (isWanted(message)) {
        yield { id: message.id, data: eventText(message) };
      }
    }
    place = upTo;
    for await (const reading of follow(logged, place, { clock, signal, filter })) {
      if (isGap(reading)) {
        break;
      }
      for (const { message } of reading.events) {
        yield { id: message.id, data: eventText(message) };
      }
      place = reading.upTo;
    }
  }
}

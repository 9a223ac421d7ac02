// Channels of a workspace: made when they are first spoken in, with all who are there.
import { textOf } from "../../../wire/body.ts";
import type { Workspace } from "../model/state.ts";
import { freshChannel } from "../workspaces/channel-facts.ts";
import { channelLane } from "./messages.ts";
import { done, failed, type Handler, invalid, isAdmin, type Request, requestId } from "./request.ts";

/** So many channels a workspace may have, and so long a name. */
const mostChannels = 10_000;
const longestName = 256;

/** Makes a channel that is not there yet, with every agent in it. Answers what is wrong with it. */
export function ensureChannel(
  { state, home, turn, event }: Pick<Request, "state" | "home" | "turn" | "event">,
  name: string,
): string | undefined {
  if (home.channels.has(name)) {
    return undefined;
  }
  const problem = channelProblem(home, name);
  if (problem === undefined) {
    turn.emit({
      type: "channel.set",
      workspaceId: state.homeId,
      channel: freshChannel(name, {
        description: `Auto-created channel ${name}`,
        createdBy: event.source,
        createdMs: turn.now.wall,
      }),
      members: [...state.agents.keys()],
    });
  }
  return problem;
}

/** Why a channel cannot be made. */
export function channelProblem({ channels }: Workspace, name: string): string | undefined {
  if (name.length > longestName) {
    return `a channel's name may have ${longestName} characters`;
  }
  return channels.size >= mostChannels ? `there are ${mostChannels} channels already` : undefined;
}

export const listChannels =
  (message: string): Handler =>
  (request) => {
    const { home, event } = request;
    if (event.payload.action === undefined) {
      return invalid(request, "Channel info message must have 'action' in payload");
    }
    const threads = new Map<string | null, number>();
    for (const rootId of home.threads.keys()) {
      const channel = home.byId.get(rootId)?.channel ?? null;
      threads.set(channel, (threads.get(channel) ?? 0) + 1);
    }
    const channels = [...home.channels.values()].map(({ facts: { name, description }, members }) => ({
      name,
      description,
      message_count: countRoots(home, name),
      thread_count: threads.get(name) ?? 0,
      agents: [...members],
      agent_count: members.size,
    }));
    return done(message, { success: true, channels, request_id: requestId(request) });
  };

/** Messages of a channel that reply to nothing. */
function countRoots({ lanes }: Workspace, name: string): number {
  const lane = lanes.get(channelLane(name));
  let count = 0;
  for (let place = 0; place < (lane?.length ?? 0); place += 1) {
    count += lane?.at(place)?.replyTo === null ? 1 : 0;
  }
  return count;
}

export const setAnnouncement: Handler = (request) => {
  const { state, home, agent, event, turn, rules } = request;
  if (!isAdmin(agent.facts.group, rules)) {
    return {
      success: false,
      message: "forbidden",
      data: { error: "Only admin agents can set announcements" },
    };
  }
  const name = textOf(event.payload.channel) ?? "";
  const channel = home.channels.get(name);
  if (channel === undefined) {
    return failed(request, name === "" ? "Channel name is required" : `Channel '${name}' not found`);
  }
  const announcement = typeof event.payload.text === "string" ? event.payload.text : "";
  turn.emit({
    type: "channel.set",
    workspaceId: state.homeId,
    channel: { ...channel.facts, announcement },
    members: [],
  });
  return done("ok", { channel: name, text: announcement });
};

export const getAnnouncement: Handler = (request) => {
  const name = textOf(request.event.payload.channel) ?? "";
  const channel = request.home.channels.get(name);
  return channel === undefined
    ? failed(request, name === "" ? "Channel name is required" : `Channel '${name}' not found`)
    : done("ok", { channel: name, text: channel.facts.announcement });
};

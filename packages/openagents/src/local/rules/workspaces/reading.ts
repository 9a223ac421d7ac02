// The log of a workspace, read by cursor and by what is asked for.
import { agentOfOnm, channelOfOnm } from "../../../wire/onm.ts";
import { channelLane, directLane } from "../messaging/messages.ts";
import type { CommandOf, LogPage, LogQuery } from "../model/commands.ts";
import type { Message } from "../model/entities.ts";
import type { Fifo } from "../model/fifo.ts";
import { placeOf } from "../model/log.ts";
import type { Refusal } from "../model/refusal.ts";
import type { State, Workspace } from "../model/state.ts";
import { onmPlaceOf } from "./bridge.ts";
import { letIn } from "./doors.ts";

export function readLog(state: State, command: CommandOf<"readLog">): LogPage | Refusal {
  const workspace = letIn(state, command);
  return "refused" in workspace ? workspace : pageOf(workspace, command.query);
}

/** The events that are asked for, and whether there are more. A cursor that nobody knows is ignored. */
export function pageOf(workspace: Workspace, query: LogQuery): LogPage {
  const { limit, descending } = query;
  const after = workspace.byId.get(query.after ?? "")?.seq ?? 0;
  const before = workspace.byId.get(query.before ?? "")?.seq ?? Number.POSITIVE_INFINITY;
  const isWanted = filterFor(workspace, query);
  const messages: Message[] = [];
  for (const message of inOrder(workspace, query, after, before)) {
    if (descending ? message.seq <= after : message.seq >= before) {
      break;
    }
    if (isWanted(message)) {
      if (messages.length === limit) {
        return { messages, hasMore: true };
      }
      messages.push(message);
    }
  }
  return { messages, hasMore: false };
}

/** The messages that may be meant: those of one channel or of two who talk, else all. */
function inOrder(
  { lanes, log }: Workspace,
  { channel, typePrefix, conversation, descending }: LogQuery,
  after: number,
  before: number,
): Iterable<Message> {
  const lane =
    conversation !== null
      ? directLane(agentOfOnm(conversation[0]), agentOfOnm(conversation[1]))
      : channel !== null && typePrefix?.startsWith("workspace.message") === true
        ? channelLane(channel)
        : undefined;
  if (lane === undefined) {
    return descending ? log.before(before) : log.after(after);
  }
  const messages = lanes.get(lane);
  return messages === undefined ? [] : walk(messages, descending, after, before);
}

function* walk(lane: Fifo<Message>, descending: boolean, after: number, before: number): Iterable<Message> {
  const from = placeOf(lane, after + 1);
  const to = placeOf(lane, before);
  for (let step = 0; step < to - from; step += 1) {
    const message = lane.at(descending ? to - 1 - step : from + step);
    if (message !== undefined) {
      yield message;
    }
  }
}

function filterFor(workspace: Workspace, query: LogQuery): (message: Message) => boolean {
  const { channel, target, typePrefix, member } = query;
  const search = query.search?.toLowerCase();
  return (message) => {
    const place = onmPlaceOf(message);
    return (
      (channel === null || channelOfOnm(place.target) === channel) &&
      (target === null || place.target === target) &&
      (typePrefix === null || place.type.startsWith(typePrefix)) &&
      (member === null || isOfMember(workspace, place, member)) &&
      (search === undefined || bodyTextOf(message).toLowerCase().includes(search))
    );
  };
}

const bodyTextOf = ({ onm, said }: Message): string => onm?.payload ?? said?.payload ?? "";

/** Whether an event is in a channel of a member: no direct message, no coming or going. */
function isOfMember(
  { channels }: Workspace,
  { type, target }: { readonly type: string; readonly target: string },
  member: string,
): boolean {
  const channel = channelOfOnm(target);
  return (
    channel !== undefined &&
    !type.startsWith("network.") &&
    channels.get(channel)?.members.has(agentOfOnm(member)) === true
  );
}

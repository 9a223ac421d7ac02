// An event of an agent: who sent it is known by its secret, whether it came before by its id, and who answers it by its name.
import { readDestination } from "../../wire/destinations.ts";
import { discoveryRequests, mods, systemCommands, threadRequests } from "../../wire/names.ts";
import { authenticated } from "./agents/authentication.ts";
import { getCapabilities, listAgents, searchAgents, setCapabilities } from "./agents/discovery.ts";
import { systemHandlers, verifyPassword } from "./agents/system.ts";
import { getAnnouncement, listChannels, setAnnouncement } from "./messaging/channels.ts";
import { download, listFiles, upload } from "./messaging/files.ts";
import { channelHistory, directHistory, listConversations } from "./messaging/histories.ts";
import { keptOf, post, reply, saidOf, sendDirect } from "./messaging/posts.ts";
import { reaction } from "./messaging/reactions.ts";
import { done, type Handler, type Request } from "./messaging/request.ts";
import type { Answer, CommandOf, SentEvent } from "./model/commands.ts";
import { objectOf } from "./model/exact-json.ts";
import { unauthenticated } from "./model/refusal.ts";
import { keptMs, type NetworkRules } from "./model/rule-options.ts";
import { homeOf, type State } from "./model/state.ts";
import type { NetworkTurn } from "./model/turn.ts";
import { crossToWorkspace } from "./workspaces/bridge.ts";

type Mod = (typeof mods)[keyof typeof mods];

const modHandlers: Readonly<Record<Mod, Readonly<Record<string, Handler>>>> = {
  [mods.messaging]: {
    [threadRequests.post]: post,
    [threadRequests.reply]: reply,
    [threadRequests.direct]: sendDirect,
    [threadRequests.channelHistory]: channelHistory,
    [threadRequests.directHistory]: directHistory,
    [threadRequests.channels]: listChannels("Channel list retrieved successfully"),
    [threadRequests.channelsInfo]: listChannels("Channel info retrieved successfully"),
    [threadRequests.conversations]: listConversations,
    [threadRequests.upload]: upload,
    [threadRequests.download]: download,
    [threadRequests.files]: listFiles,
    [threadRequests.react]: reaction("add"),
    [threadRequests.unreact]: reaction("remove"),
    [threadRequests.toggleReaction]: reaction("toggle"),
    [threadRequests.setAnnouncement]: setAnnouncement,
    [threadRequests.getAnnouncement]: getAnnouncement,
  },
  [mods.discovery]: {
    [discoveryRequests.setCapabilities]: setCapabilities,
    [discoveryRequests.getCapabilities]: getCapabilities,
    [discoveryRequests.search]: searchAgents,
    [discoveryRequests.list]: listAgents,
  },
};

/** These say themselves what came of them, so that they are remembered with what they change. */
const remembered: ReadonlySet<string> = new Set<string>([
  threadRequests.post,
  threadRequests.reply,
  threadRequests.direct,
]);

/** What only the server says, so that whoever hears it can believe it. */
const reservedNames = /^(?:discovery\.notification\.|thread\.[a-z0-9_]+\.notification$)/;

const failure = (message: string): Answer => ({ success: false, message, data: null });

export function send(
  state: State,
  { secretHash, event }: CommandOf<"send">,
  turn: NetworkTurn,
  rules: NetworkRules,
): Answer {
  const agent = authenticated(state, event.source, secretHash, turn);
  if (agent === undefined) {
    // Who is not in yet may ask whether a password lets it in.
    return event.name === systemCommands.verifyPassword && secretHash === ""
      ? verifyPassword(event.payload, rules)
      : failure(unauthenticated.detail);
  }
  if (reservedNames.test(event.name)) {
    return failure(`Event name ${event.name} is reserved`);
  }
  const before = keptAnswer(state, event, turn.now.wall);
  if (before !== undefined) {
    return before;
  }
  const request: Request = { state, home: homeOf(state), agent, event, turn, rules };
  const { changes } = state;
  const answer = answerTo(request);
  if (state.changes !== changes && !remembered.has(event.name) && !isPlain(answer, event)) {
    const kept = keptOf(event, answer);
    if (kept !== undefined) {
      turn.emit({ type: "request.kept", kept });
    }
  }
  return answer;
}

function answerTo(request: Request): Answer {
  const { event } = request;
  if (event.name.startsWith("system.")) {
    const handler = Object.hasOwn(systemHandlers, event.name) ? systemHandlers[event.name] : undefined;
    return handler?.(request) ?? failure(`Unknown system event ${event.name}`);
  }
  const destination = readDestination(event.to);
  if (destination.kind === "mod") {
    if (!isMod(destination.name)) {
      return failure(`Target mod ${destination.name} not found`);
    }
    return (
      handlerIn(destination.name, event.name)?.(request) ??
      failure(`Event not processed by mod ${destination.name}, mod returns None`)
    );
  }
  const handler = handlerIn(mods.messaging, event.name) ?? handlerIn(mods.discovery, event.name);
  return handler?.(request) ?? deliverPlain(request);
}

const isMod = (name: string): name is Mod => Object.hasOwn(modHandlers, name);

function handlerIn(mod: Mod, name: string): Handler | undefined {
  const handlers = modHandlers[mod];
  return Object.hasOwn(handlers, name) ? handlers[name] : undefined;
}

/** An event that nobody claims goes where it is addressed, and has succeeded whoever is there. */
function deliverPlain(request: Request): Answer {
  const { event, turn } = request;
  const answer = done(plainWords(event), null);
  const said = saidOf(request);
  const kept = keptOf(event, answer);
  if (!crossToWorkspace(request, said, kept)) {
    turn.emit({ type: "event.sent", said, ...(kept === undefined ? {} : { kept }) });
  }
  return answer;
}

const plainWords = ({ name }: SentEvent): string => `Event ${name} delivered to destination`;

const isPlain = ({ message, data }: Answer, event: SentEvent): boolean =>
  data === null && message === plainWords(event);

/** What a request was answered that came before; that an id was used for something else. */
function keptAnswer(state: State, { id, source, fingerprint }: SentEvent, nowMs: number): Answer | undefined {
  const kept = id === "" ? undefined : state.kept.get(`${source}\n${id}`);
  if (kept === undefined || kept.atMs + keptMs <= nowMs) {
    return undefined;
  }
  return kept.fingerprint === fingerprint
    ? { success: true, message: kept.message, data: kept.data === null ? null : objectOf(kept.data) }
    : failure("Duplicate event_id with different content");
}

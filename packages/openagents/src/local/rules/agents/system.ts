// Commands that the network itself carries out, by the name of the event.
import { type Body, textOf, textsOf } from "../../../wire/body.ts";
import { mods, systemCommands } from "../../../wire/names.ts";
import { channelProblem } from "../messaging/channels.ts";
import { type Handler, isAdmin, type Request } from "../messaging/request.ts";
import type { Answer } from "../model/commands.ts";
import { objectOf } from "../model/exact-json.ts";
import { banMs, defaultGroup, type NetworkRules } from "../model/rule-options.ts";
import { homeOf, idOf, type State } from "../model/state.ts";
import { freshChannel } from "../workspaces/channel-facts.ts";
import { sameHash } from "./authentication.ts";
import { removeAgent } from "./registration.ts";

/** The implementation that official servers name for their mods. */
const implementations: Readonly<Record<string, string>> = {
  [mods.messaging]: `${mods.messaging}.mod.ThreadMessagingNetworkMod`,
  [mods.discovery]: `${mods.discovery}.mod.AgentDiscoveryMod`,
};

/** So many subscriptions an agent may have, and so many patterns each. */
const mostSubscriptions = 1_000;

/** An answer of the network. */
function system(command: string, success: boolean, message: string, data: Body = {}): Answer {
  return { success, message, data: { type: "system_response", command, ...data } };
}

/** Gives back what the request was marked with. */
const echoed = ({ event }: Request): Body =>
  event.payload.request_id === undefined ? {} : { request_id: event.payload.request_id };

const ping: Handler = ({ event, turn }) =>
  system("ping_agent", true, "Ping successful", {
    timestamp: event.payload.timestamp ?? turn.now.wall / 1_000,
  });

const add: Handler = (request) => {
  const { state, home, event, turn } = request;
  const name = textOf(event.payload.channel_id);
  const member = textOf(event.payload.agent_id) ?? event.source;
  if (name === undefined) {
    return missing("add_channel_member", "channel_id");
  }
  const workspaceId = state.homeId;
  const channel = home.channels.get(name);
  if (channel === undefined) {
    const problem = channelProblem(home, name);
    if (problem !== undefined) {
      return system("add_channel_member", false, problem, { channel_id: name });
    }
    const facts = { createdBy: event.source, createdMs: turn.now.wall };
    turn.emit({ type: "channel.set", workspaceId, channel: freshChannel(name, facts), members: [member] });
  } else if (!channel.members.has(member)) {
    turn.emit({ type: "channel.entered", workspaceId, name, member });
  }
  return system("add_channel_member", true, `Successfully added ${member} to channel ${name}`, {
    channel_id: name,
    agent_id: member,
  });
};

const remove: Handler = ({ state, home, event, turn }) => {
  const name = textOf(event.payload.channel_id);
  const member = textOf(event.payload.agent_id) ?? event.source;
  if (name === undefined) {
    return missing("remove_channel_member", "channel_id");
  }
  if (home.channels.get(name)?.members.has(member)) {
    turn.emit({ type: "channel.left", workspaceId: state.homeId, name, member });
  }
  return system("remove_channel_member", true, `Successfully removed ${member} from channel ${name}`, {
    channel_id: name,
    agent_id: member,
  });
};

const removeChannel: Handler = ({ state, home, event, turn }) => {
  const name = textOf(event.payload.channel_id);
  if (name === undefined) {
    return missing("remove_channel", "channel_id");
  }
  if (home.channels.has(name)) {
    turn.emit({ type: "channel.removed", workspaceId: state.homeId, name });
  }
  return system("remove_channel", true, `Successfully removed channel ${name}`, { channel_id: name });
};

const missing = (command: string, parameter: string): Answer =>
  system(command, false, `Missing ${parameter} parameter`);

const subscribe: Handler = (request) => {
  const { state, agent, event, turn } = request;
  const patterns = textsOf(event.payload.event_patterns);
  if (patterns.length === 0) {
    return { success: false, message: "Missing event_patterns parameter", data: null };
  }
  if (agent.subscriptions.size >= mostSubscriptions || patterns.length > mostSubscriptions) {
    return {
      success: false,
      message: `an agent may have ${mostSubscriptions} subscriptions of ${mostSubscriptions} patterns`,
      data: null,
    };
  }
  const subscription = {
    id: idOf(state.prefix, state.ids + 1),
    patterns,
    channels: textsOf(event.payload.channels),
  };
  turn.emit({ type: "agent.subscribed", agentId: event.source, subscription });
  return system("subscribe_events", true, `Successfully subscribed to ${patterns.length} event patterns`, {
    subscription_id: subscription.id,
    agent_id: event.source,
    event_patterns: patterns,
    channels: event.payload.channels ?? [],
    ...echoed(request),
  });
};

const unsubscribe: Handler = (request) => {
  const { agent, event, turn } = request;
  const id = textOf(event.payload.subscription_id) ?? null;
  if (id !== null && !agent.subscriptions.has(id)) {
    return { success: false, message: `Subscription ${id} not found`, data: null };
  }
  if (agent.subscriptions.size > 0) {
    turn.emit({ type: "agent.unsubscribed", agentId: event.source, subscriptionId: id });
  }
  return system(
    "unsubscribe_events",
    true,
    id === null
      ? "Successfully unsubscribed from all events"
      : `Successfully unsubscribed from subscription ${id}`,
    { subscription_id: id, agent_id: event.source, ...echoed(request) },
  );
};

const kick: Handler = ({ state, agent, event, turn, rules }) => {
  const told = (success: boolean, message: string, data: Body = {}): Answer =>
    system("kick_agent", success, message, data);
  const { group } = agent.facts;
  if (!isAdmin(group, rules)) {
    return told(false, "Unauthorized: Admin privileges required to kick agents", {
      requesting_agent: event.source,
      requesting_group: group,
    });
  }
  const targetId = textOf(event.payload.target_agent_id);
  if (targetId === undefined) {
    return told(false, "Missing target_agent_id parameter");
  }
  if (targetId === event.source) {
    return told(false, "Cannot kick yourself", { target_agent_id: targetId });
  }
  const target = state.agents.get(targetId);
  if (target === undefined) {
    return told(false, `Target agent '${targetId}' not found`, { target_agent_id: targetId });
  }
  const targetGroup = target.facts.group;
  removeAgent(state, targetId, "disconnected", turn, { by: event.source, untilMs: turn.now.wall + banMs });
  return told(true, `Successfully kicked agent '${targetId}'`, {
    target_agent_id: targetId,
    kicked_by: event.source,
    target_group: targetGroup,
  });
};

/** Whether a password is one, which everybody may ask. */
export function verifyPassword(payload: Body, { groups, requirePassword }: NetworkRules): Answer {
  const hash = textOf(payload.password_hash);
  if (hash === undefined) {
    return system("verify_password", false, "Missing password_hash parameter", { valid: false });
  }
  const group = groups.find((each) => each.passwordHash !== null && sameHash(each.passwordHash, hash));
  return group === undefined
    ? system("verify_password", true, "Password does not match any group", {
        valid: false,
        default_group: defaultGroup,
        requires_password: requirePassword,
      })
    : system("verify_password", true, `Password verified: matches group '${group.name}'`, {
        valid: true,
        group_name: group.name,
        group_description: group.description,
        group_metadata: group.metadata,
        default_group: defaultGroup,
      });
}

/** Everyone who is there: agents, and members of the workspace that is one world with the network. */
function listedAgents(state: State): Body[] {
  const agents = [...state.agents.values()].map(({ facts }) => listing(facts.id, objectOf(facts.metadata)));
  const members = [...homeOf(state).members.values()]
    .filter(({ facts }) => facts.online)
    .map(({ facts }) => listing(facts.name, { ...objectOf(facts.metadata), onm: true }));
  return [...agents, ...members];
}

const listing = (id: string, metadata: Body): Body => ({
  agent_id: id,
  name: textOf(metadata.name) ?? id,
  connected: true,
  metadata,
});

/** What each command does. Polls and the health check need more than the rules, and are carried out by who calls these. */
export const systemHandlers: Readonly<Record<string, Handler>> = {
  [systemCommands.listAgents]: ({ state }) =>
    system("list_agents", true, "Agent list retrieved successfully", { agents: listedAgents(state) }),
  [systemCommands.heartbeat]: ping,
  [systemCommands.pingAgent]: ping,
  [systemCommands.listMods]: (request) =>
    system("list_mods", true, "Mod list retrieved successfully", {
      mods: Object.values(mods).map((name) => ({
        name,
        description: "No description available",
        version: "1.0.0",
        requires_adapter: false,
        capabilities: [],
        implementation: implementations[name],
      })),
      ...echoed(request),
    }),
  [systemCommands.getModManifest]: ({ event }) => {
    const name = textOf(event.payload.mod_name);
    return name === undefined
      ? missing("get_mod_manifest", "mod_name")
      : system("get_mod_manifest", false, `No manifest found for mod ${name}`, { mod_name: name });
  },
  [systemCommands.getNetworkInfo]: (request) =>
    system("get_network_info", true, "Network information retrieved successfully", {
      network_id: request.rules.networkId,
      network_name: request.rules.networkName,
      agent_count: request.state.agents.size,
      ...echoed(request),
    }),
  [systemCommands.subscribeEvents]: subscribe,
  [systemCommands.unsubscribeEvents]: unsubscribe,
  [systemCommands.listChannels]: ({ home }) =>
    system("list_channels", true, "Successfully retrieved list of channels", {
      channels: [...home.channels.keys()],
    }),
  [systemCommands.getChannelMembers]: ({ home, event }) => {
    const name = textOf(event.payload.channel_id) ?? "";
    return system("get_channel_members", true, `Successfully retrieved members of channel ${name}`, {
      channel_id: name,
      members: [...(home.channels.get(name)?.members ?? [])],
    });
  },
  [systemCommands.addChannelMember]: add,
  [systemCommands.removeChannelMember]: remove,
  [systemCommands.removeChannel]: removeChannel,
  [systemCommands.verifyPassword]: ({ event, rules }) => verifyPassword(event.payload, rules),
  [systemCommands.kickAgent]: kick,
};

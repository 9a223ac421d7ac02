// The names of what networks, mods and workspaces say: commands, requests, notifications, and the names that the product page has
// for them.

/** Commands that the network itself carries out. */
export const systemCommands = {
  listAgents: "system.list_agents",
  pollMessages: "system.poll_messages",
  heartbeat: "system.heartbeat",
  pingAgent: "system.ping_agent",
  listMods: "system.list_mods",
  getModManifest: "system.get_mod_manifest",
  getNetworkInfo: "system.get_network_info",
  healthCheck: "system.health_check",
  subscribeEvents: "system.subscribe_events",
  unsubscribeEvents: "system.unsubscribe_events",
  listChannels: "system.list_channels",
  getChannelMembers: "system.get_channel_members",
  addChannelMember: "system.add_channel_member",
  removeChannelMember: "system.remove_channel_member",
  removeChannel: "system.remove_channel",
  verifyPassword: "system.verify_password",
  kickAgent: "system.kick_agent",
} as const;

/** What the network itself tells. */
export const systemNotices = {
  agentKicked: "system.agent_kicked",
  queueOverflow: "system.queue.overflow",
} as const;

/** Mods by their full names. */
export const mods = {
  messaging: "openagents.mods.workspace.messaging",
  discovery: "openagents.mods.discovery.agent_discovery",
} as const;

export const modDestination = (name: string): string => `mod:${name}`;

/** Requests to the messaging mod. */
export const threadRequests = {
  post: "thread.channel_message.post",
  reply: "thread.reply.post",
  direct: "thread.direct_message.send",
  channelHistory: "thread.channel_messages.retrieve",
  directHistory: "thread.direct_messages.retrieve",
  channels: "thread.channels.list",
  channelsInfo: "thread.channels.info",
  conversations: "thread.conversations.list",
  upload: "thread.file.upload",
  download: "thread.file.download",
  /** Only our server: `file_list`. */
  files: "thread.file.list",
  react: "thread.reaction.add",
  unreact: "thread.reaction.remove",
  toggleReaction: "thread.reaction.toggle",
  setAnnouncement: "thread.announcement.set",
  getAnnouncement: "thread.announcement.get",
} as const;

/** What the messaging mod tells the others. */
export const threadNotifications = {
  post: "thread.channel_message.notification",
  reply: "thread.reply.notification",
  direct: "thread.direct_message.notification",
  reaction: "thread.reaction.notification",
} as const;

/** Requests to the discovery mod. */
export const discoveryRequests = {
  setCapabilities: "discovery.capabilities.set",
  getCapabilities: "discovery.capabilities.get",
  search: "discovery.agents.search",
  list: "discovery.agents.list",
} as const;

/** What the discovery mod tells everyone. */
export const discoveryNotifications = {
  connected: "discovery.notification.agent_connected",
  disconnected: "discovery.notification.agent_disconnected",
  capabilities: "discovery.notification.capabilities_updated",
} as const;

/** Events of a hosted workspace. */
export const onmTypes = {
  join: "network.agent.join",
  leave: "network.agent.leave",
  remove: "network.agent.remove",
  createChannel: "network.channel.create",
  joinChannel: "network.channel.join",
  leaveChannel: "network.channel.leave",
  ping: "network.ping",
  message: "workspace.message.posted",
  status: "workspace.message.status",
  fileUploaded: "workspace.file.uploaded",
  fileDeleted: "workspace.file.deleted",
  control: "workspace.agent.control",
} as const;

/** The names of the product page, which no server sends. */
export const documentedNames = {
  posted: "channel.message.posted",
  replied: "channel.message.replied",
  mentioned: "channel.message.mentioned",
  direct: "direct.message.received",
  reactionAdded: "workspace.reaction.added",
  reactionRemoved: "workspace.reaction.removed",
  joined: "agent.joined",
  left: "agent.left",
  channelCreated: "channel.created",
  fileUploaded: "workspace.file.uploaded",
} as const;

/** A plain message from agent to agent. */
export const agentMessage = "agent.message";

/** An event of a workspace whose type is no valid name. */
export const onmOther = "onm.event.received";

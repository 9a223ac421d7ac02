// Every path, RPC name and field name of Grid's wire, and the switches between its possible forms: data, for both ends.

/** One route. `{name}` stands for an encoded value. */
export interface WireRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
}

/** JSON over which a payload is signed. */
export type CanonicalForm = "python-json" | "compact" | "jcs";

/** Which forms of the wire are written. Readers understand all of them. */
export interface WireSwitches {
  /** `python-json` has a space behind `,` and `:`, `compact` has none, `jcs` is RFC 8785. */
  readonly canonical: CanonicalForm;
  /** Whether a JSON-RPC call is signed over its `params`, or as a whole, with the signed fields beside `method`. */
  readonly rpcSignScope: "params" | "envelope";
  /**
   * Whose node id stands in the path of a call. `auto`: the target's for a new task, else the caller's. `self`: always the
   * caller's; a new task names its target as `receiverNodeId`. `peer`: the other node's wherever it is known.
   */
  readonly rpcAddress: "auto" | "self" | "peer";
  /** `iso-ms`: `2026-01-02T03:04:05.678Z`. `python`: `2026-01-02T03:04:05.678000+00:00`. */
  readonly timestampFormat: "iso-ms" | "python";
  /** The member that says what a part is. */
  readonly partDiscriminator: "type" | "kind";
  /** `input_required` or `input-required`. */
  readonly stateStyle: "underscore" | "hyphen";
  /** Names of members in bodies of nodes, search and status. */
  readonly restCase: "snake" | "camel";
  readonly scheduleTransport: "rpc" | "rest";
  /** Whether the server knows repeated messages. `auto`: where it says so. */
  readonly dedupe: "auto" | boolean;
}

/** Names of members: ours to theirs. */
const restFields = {
  nodeId: "node_id",
  did: "did",
  publicKey: "public_key",
  name: "name",
  description: "description",
  skills: "skills",
  id: "id",
  endpointUrl: "endpoint_url",
  autonomous: "autonomous",
  isAutonomous: "is_autonomous",
  isClaimed: "is_claimed",
  isOnline: "is_online",
  status: "status",
  statusMessage: "status_message",
  activeTaskIds: "active_task_ids",
  summary: "summary",
  reputation: "reputation",
  grids: "grids",
  gridId: "grid_id",
  gridIds: "grid_ids",
  isPublic: "is_public",
  members: "members",
  createdAt: "created_at",
  updatedAt: "updated_at",
  lastSeenAt: "last_seen_at",
  lastFetchAge: "last_fetch_age_s",
  claim: "claim",
  claimedAt: "claimed_at",
  owner: "owner",
  code: "code",
  joinPublic: "join_public",
  expiresAt: "expires_at",
  serverTime: "server_time",
  ok: "ok",
  query: "query",
  filters: "filters",
  limit: "limit",
  onlineOnly: "online_only",
  skillIds: "skill_ids",
  minReputation: "min_reputation",
  results: "results",
  nodes: "nodes",
  score: "score",
  value: "value",
} as const;

const rpcFields = {
  id: "id",
  taskId: "taskId",
  contextId: "contextId",
  senderNodeId: "senderNodeId",
  receiverNodeId: "receiverNodeId",
  fromNodeId: "fromNodeId",
  state: "state",
  status: "status",
  timestamp: "timestamp",
  unreadCount: "unreadCount",
  lastSeq: "lastSeq",
  history: "history",
  artifacts: "artifacts",
  artifact: "artifact",
  artifactId: "artifactId",
  name: "name",
  description: "description",
  checkIn: "checkIn",
  metadata: "metadata",
  parentTaskId: "parentTaskId",
  sessionKey: "sessionKey",
  createdAt: "createdAt",
  updatedAt: "updatedAt",
  message: "message",
  messages: "messages",
  messageId: "messageId",
  role: "role",
  parts: "parts",
  text: "text",
  file: "file",
  data: "data",
  mimeType: "mimeType",
  bytes: "bytes",
  uri: "uri",
  seq: "seq",
  limit: "limit",
  offset: "offset",
  unreadOnly: "unreadOnly",
  peerNodeId: "peerNodeId",
  historyLength: "historyLength",
  tasks: "tasks",
  items: "items",
  total: "total",
  acked: "acked",
  roomId: "roomId",
  room: "room",
  rooms: "rooms",
  gridId: "gridId",
  creatorNodeId: "creatorNodeId",
  participantNodeIds: "participantNodeIds",
  participants: "participants",
  participantStatus: "participantStatus",
  nodeId: "nodeId",
  messageCount: "messageCount",
  lastActivityAt: "lastActivityAt",
  closedAt: "closedAt",
  closedReason: "closedReason",
  hasMore: "hasMore",
  requestId: "requestId",
  scheduleId: "scheduleId",
  schedules: "schedules",
  messageText: "messageText",
  schedule: "schedule",
  cronExprs: "cronExprs",
  intervalSeconds: "intervalSeconds",
  fireAt: "fireAt",
  timezone: "timezone",
  maxFires: "maxFires",
  fireCount: "fireCount",
  nextFireAt: "nextFireAt",
  lastFiredAt: "lastFiredAt",
  scheduledFor: "scheduledFor",
  createdBy: "createdBy",
  deleted: "deleted",
  notifyType: "notifyType",
  senderSessionKey: "senderSessionKey",
  receiverSessionKey: "receiverSessionKey",
  connectionId: "connectionId",
  serverTime: "serverTime",
  expiresAt: "expiresAt",
  server: "server",
  reason: "reason",
  retryAfterMs: "retryAfterMs",
  synthetic: "synthetic",
  event: "event",
  autoRejected: "autoRejected",
  autoReply: "autoReply",
  firings: "firings",
  firedAt: "firedAt",
  count: "count",
} as const;

/** Our names of members of nodes, search and status. */
export type RestField = keyof typeof restFields;
/** Our names of members of tasks, messages, rooms, schedules and events. */
export type RpcField = keyof typeof rpcFields;
export type Field = RestField | RpcField;

const restRoutes = {
  register: { method: "POST", path: "/nodes" },
  replaceNode: { method: "PUT", path: "/nodes/{nodeId}" },
  getNode: { method: "GET", path: "/nodes/{nodeId}" },
  patchNode: { method: "PATCH", path: "/nodes/{nodeId}" },
  heartbeat: { method: "POST", path: "/nodes/{nodeId}/heartbeat" },
  generateClaimCode: { method: "POST", path: "/nodes/{nodeId}/claim-code" },
  status: { method: "POST", path: "/nodes/{nodeId}/status" },
  setStatus: { method: "POST", path: "/nodes/{nodeId}/set-status" },
  search: { method: "POST", path: "/search" },
  rpc: { method: "POST", path: "/a2a/{nodeId}" },
  events: { method: "GET", path: "/a2a/{nodeId}/events" },
  getProtocolGuide: { method: "GET", path: "/protocol" },
  // With `scheduleTransport: "rest"`.
  createSchedule: { method: "POST", path: "/schedules" },
  listSchedules: { method: "GET", path: "/schedules" },
  getSchedule: { method: "GET", path: "/schedules/{scheduleId}" },
  updateSchedule: { method: "PATCH", path: "/schedules/{scheduleId}" },
  deleteSchedule: { method: "DELETE", path: "/schedules/{scheduleId}" },
  // Of a local server, for humans and for who operates it.
  claimPage: { method: "GET", path: "/claim" },
  claimByForm: { method: "POST", path: "/claim" },
  adminClaim: { method: "POST", path: "/admin/claim" },
  adminNodes: { method: "GET", path: "/admin/nodes" },
  adminUnclaim: { method: "POST", path: "/admin/nodes/{nodeId}/unclaim" },
  adminReputation: { method: "POST", path: "/admin/nodes/{nodeId}/reputation" },
  adminSchedule: { method: "POST", path: "/admin/nodes/{nodeId}/schedules" },
  adminGrids: { method: "GET", path: "/admin/grids" },
  adminCreateGrid: { method: "POST", path: "/admin/grids" },
  adminAddMember: { method: "POST", path: "/admin/grids/{gridId}/members" },
  adminRemoveMember: { method: "DELETE", path: "/admin/grids/{gridId}/members/{nodeId}" },
} as const;

const rpcMethods = {
  sendMessage: "message/send",
  ackMessages: "message/ack",
  listTasks: "task/list",
  getTask: "task/get",
  readTask: "task/read",
  updateTask: "task/update",
  cancelTask: "task/cancel",
  createRoom: "room/create",
  sendRoomMessage: "room/send",
  readRoom: "room/read",
  getRoom: "room/get",
  listRooms: "room/list",
  closeRoom: "room/close",
  leaveRoom: "room/leave",
  joinRoom: "room/join",
  rejectRoom: "room/reject",
  inviteToRoom: "room/invite",
  kickFromRoom: "room/kick",
  createSchedule: "schedule/create",
  listSchedules: "schedule/list",
  getSchedule: "schedule/get",
  updateSchedule: "schedule/update",
  deleteSchedule: "schedule/delete",
  // Of a local server.
  previewSchedule: "schedule/preview",
  runSchedule: "schedule/run",
} as const;

export type RestCall = keyof typeof restRoutes;
export type RpcCall = keyof typeof rpcMethods;

/** The wire as one value. Client and local server work by it, so what upstream does otherwise is a change of data. */
export interface GridWireProfile {
  readonly switches: WireSwitches;
  readonly routes: Readonly<Record<RestCall, WireRoute>>;
  readonly rpcMethods: Readonly<Record<RpcCall, string>>;
  readonly fields: {
    /** The four that every signed payload carries. */
    readonly signed: {
      readonly fromNodeId: string;
      readonly timestamp: string;
      readonly nonce: string;
      readonly signature: string;
    };
    /** Where a registration and a request say the key, unlike the node that is answered. */
    readonly requestPublicKey: string;
    readonly rest: Readonly<Record<RestField, string>>;
    readonly rpc: Readonly<Record<RpcField, string>>;
  };
  readonly events: {
    readonly connected: string;
    readonly taskNotify: string;
    readonly roomNotify: string;
    readonly reconnect: string;
  };
  /** JSON-RPC codes and the reasons that go with each. */
  readonly rpcErrors: readonly { readonly code: number; readonly reasons: readonly string[] }[];
  /** The header by which a local server says what it is, and the word in it that says that repeats are safe. */
  readonly serverHeader: {
    readonly name: string;
    readonly dedupe: string;
    /** What else a local server says that it has. */
    readonly extras: readonly string[];
  };
}

/** The wire as it is known: documented where the product's pages say so, else chosen. */
export const gridProfile: GridWireProfile = deepFrozen({
  switches: {
    canonical: "python-json",
    rpcSignScope: "params",
    rpcAddress: "auto",
    timestampFormat: "iso-ms",
    partDiscriminator: "type",
    stateStyle: "underscore",
    restCase: "snake",
    scheduleTransport: "rpc",
    dedupe: "auto",
  },
  routes: restRoutes,
  rpcMethods,
  fields: {
    signed: {
      fromNodeId: "fromNodeId",
      timestamp: "timestamp",
      nonce: "nonce",
      signature: "signature",
    },
    requestPublicKey: "publicKey",
    rest: restFields,
    rpc: rpcFields,
  },
  events: {
    connected: "connected",
    taskNotify: "task_notify",
    roomNotify: "room_notify",
    reconnect: "reconnect",
  },
  rpcErrors: [
    {
      code: -32700,
      reasons: ["malformed_json", "duplicate_member", "too_deep", "bad_number", "bad_string"],
    },
    { code: -32600, reasons: ["invalid_request", "batch_not_supported"] },
    { code: -32601, reasons: ["method_not_found"] },
    {
      code: -32602,
      reasons: [
        "invalid_params",
        "self_task",
        "bad_context",
        "message_id_conflict",
        "request_id_conflict",
        "schedule_kind",
        "schedule_in_past",
        "schedule_limit",
        "bad_cron",
        "never_fires",
        "bad_timezone",
        "cannot_kick_self",
        "not_a_participant",
      ],
    },
    { code: -32603, reasons: ["internal"] },
    { code: -32001, reasons: ["task_not_found"] },
    // On an update or a cancel; on a message it is the next one.
    { code: -32002, reasons: ["task_terminal"] },
    { code: -32004, reasons: ["task_terminal"] },
    {
      code: -32010,
      reasons: [
        "missing_field",
        "bad_nonce",
        "bad_timestamp",
        "stale_timestamp",
        "unknown_node",
        "bad_signature",
        "nonce_replayed",
      ],
    },
    { code: -32011, reasons: ["sender_only", "receiver_only", "creator_only", "not_invited"] },
    { code: -32012, reasons: ["not_claimed"] },
    { code: -32020, reasons: ["room_not_found"] },
    { code: -32021, reasons: ["not_joined", "room_closed"] },
    { code: -32022, reasons: ["room_limit"] },
    { code: -32023, reasons: ["no_shared_grid"] },
    { code: -32024, reasons: ["schedule_read_only"] },
    { code: -32025, reasons: ["unparsable_schedule"] },
    { code: -32026, reasons: ["schedule_not_found"] },
    { code: -32029, reasons: ["rate_limited"] },
    { code: -32030, reasons: ["node_not_found"] },
  ],
  serverHeader: {
    name: "x-grid-server",
    dedupe: "dedupe=1",
    extras: ["resume=1", "schedule-preview=1", "schedule-run=1", "schedule-firings=20", "fetch-age=1"],
  },
});

/** A part of something, at every level; lists as a whole. */
export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Name in keyof T]?: DeepPartial<T[Name]> }
    : T;

/** The known wire with what a caller has otherwise. */
export function profileWith(overrides: DeepPartial<GridWireProfile> | undefined): GridWireProfile {
  // Whatever is laid over a whole profile leaves a whole profile.
  return overrides === undefined
    ? gridProfile
    : deepFrozen(merged(gridProfile, overrides) as GridWireProfile);
}

function merged(base: unknown, over: unknown): unknown {
  if (!isPlain(base) || !isPlain(over)) {
    return over ?? base;
  }
  const changed = Object.entries(over).map(([name, value]) => [name, merged(base[name], value)]);
  return { ...base, ...Object.fromEntries(changed) };
}

function deepFrozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(deepFrozen);
    Object.freeze(value);
  }
  return value;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

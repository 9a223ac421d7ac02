// The paths, ports and headers of both products, written once.

/** Where a network listens unless it is told otherwise. */
export const defaultPorts = { http: 8700, grpc: 8600 } as const;

/** The HTTP routes of a network. */
export const networkPaths = {
  health: "/api/health",
  register: "/api/register",
  unregister: "/api/unregister",
  sendEvent: "/api/send_event",
  poll: "/api/poll",
  /** Only our server: `sse`. */
  stream: "/api/stream",
  /** Only our server: `batch`. */
  sendEvents: "/api/send_events",
} as const;

/** The REST routes of a hosted workspace; `{names}` are filled in. */
export const onmPaths = {
  health: "/health",
  wellKnown: "/.well-known/openagents.json",
  workspaces: "/v1/workspaces",
  workspace: "/v1/workspaces/{id}",
  channel: "/v1/workspaces/{id}/channels/{name}",
  resolve: "/v1/token/resolve",
  join: "/v1/join",
  leave: "/v1/leave",
  heartbeat: "/v1/heartbeat",
  remove: "/v1/remove",
  discover: "/v1/discover",
  profile: "/v1/profile",
  events: "/v1/events",
  stream: "/v1/events/stream",
  conversations: "/v1/events/conversations",
  latestPerChannel: "/v1/events/latest-per-channel",
  filesBase64: "/v1/files/base64",
  files: "/v1/files",
  file: "/v1/files/{id}",
  fileInfo: "/v1/files/{id}/info",
} as const;

/** The credential of a workspace. */
export const workspaceTokenHeader = "X-Workspace-Token";

/** The hosted service: where its links lead, and where its API is. */
export const hosted = {
  shareHost: "workspace.openagents.org",
  endpointHost: "workspace-endpoint.openagents.org",
  /** Knows networks by their ids. */
  directoryUrl: "https://endpoint.openagents.org",
  networkPath: "/v1/networks/{id}",
} as const;

/** What `session_revoked: another client ...` begins with. */
export const sessionRevoked = "session_revoked";

/** What every refused credential of a network says, somewhere in its text. */
export const authenticationFailed = "Authentication failed";

/** What our server can do besides (health `data.features`). */
export const featureNames = [
  "long_poll",
  "poll_limit",
  "ack_poll",
  "bearer_secret",
  "sse",
  "idempotent_send",
  "preserve_fields",
  "batch",
  "file_list",
] as const;

export type FeatureName = (typeof featureNames)[number];

/** The longest wait of a long poll, in seconds. */
export const longestPollSeconds = 30;

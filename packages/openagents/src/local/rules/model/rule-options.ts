// What an operator may choose about the rules.
import type { Limits } from "./entities.ts";

/** A group of agents, and the password that leads into it. */
export interface Group {
  readonly name: string;
  readonly description: string;
  /** SHA-256 of the password, in hex; `null` for none. */
  readonly passwordHash: string | null;
  /** `permissions: ["all"]` makes its members admins; `agents` lists ids that `group:` reaches besides. */
  readonly metadata: { readonly permissions?: readonly string[]; readonly agents?: readonly string[] };
}

export interface NetworkRules extends Limits {
  readonly networkName: string;
  readonly networkId: string;
  /** The channels that there are from the start. */
  readonly channels: readonly string[];
  /** Without the default one. */
  readonly groups: readonly Group[];
  readonly requirePassword: boolean;
  /** Whether a live id can be taken over only with its secret. */
  readonly claimIds: boolean;
  /** How many agents may be registered. */
  readonly maxAgents: number;
  readonly workspaceSlug: string;
  /** SHA-256 of the token of the default workspace, in hex. */
  readonly workspaceTokenHash: string;
}

/** The group of who belongs to no other. */
export const defaultGroup = "guest";

export const defaultRules: NetworkRules = {
  networkName: "local",
  networkId: "local",
  channels: ["general", "development", "support"],
  groups: [],
  requirePassword: false,
  claimIds: false,
  maxAgents: 1_000,
  workspaceSlug: "local",
  workspaceTokenHash: "",
  agentTimeoutMs: 180_000,
  queueLimit: 20_000,
  queueBytes: 64 * 1024 * 1024,
  historyLimit: 10_000,
  groupAgents: [],
};

/** How long who was kicked stays away. */
export const banMs = 60_000;

/** Without a heartbeat for so long, a member of a workspace is offline. */
export const memberTimeoutMs = 60_000;

/** How long an id must be silent before it is taken over over gRPC without force. */
export const takeOverMs = 10_000;

/** How many ids of events are remembered, and how long. */
export const mostKept = 100_000;
export const keptMs = 600_000;

/** How long what was polled may stay unlogged. */
export const lazyMs: number = 200;

/** The longest answer to a poll, in bytes of JSON. */
export const mostPollBytes: number = 16 * 1024 * 1024;

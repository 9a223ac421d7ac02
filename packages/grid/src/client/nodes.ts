// Registration, discovery and presence.

import { must, type OptionRule, type OptionRules } from "@x/core";
import { GridServerError } from "../errors.ts";
import type {
  Availability,
  GridClaimCode,
  GridHeartbeat,
  GridNode,
  GridSkill,
  SearchResult,
} from "../types.ts";
import { isBody } from "../wire/forms.ts";
import type { Body } from "../wire/names.ts";
import {
  type CallOptions,
  callOptionRules,
  checkCall,
  checkCallOptions,
  checked,
  idRule,
} from "./call-options.ts";
import type { Connection } from "./connection.ts";
import { nodeOf, searchResultOf } from "./decode/decode-node.ts";
import { listOf, type Read, readerOf, withRaw } from "./decode/reading.ts";

/** What an agent says of itself. */
export interface RegisterOptions extends CallOptions {
  /** 1 to 100 characters. */
  readonly name: string;
  /** At most 2,000 characters. @default "" */
  readonly description?: string | undefined;
  /** At most 50. @default none */
  readonly skills?: readonly GridSkill[] | undefined;
  /** Stored, and never called by the local server. */
  readonly endpointUrl?: string | null | undefined;
  /** Whether it works without a person who has claimed it. @default false */
  readonly autonomous?: boolean | undefined;
}

/** What `patchNode` changes; what is absent stays. */
export interface PatchNodeOptions extends CallOptions {
  readonly name?: string | undefined;
  /** `null` clears it. */
  readonly description?: string | null | undefined;
  readonly skills?: readonly GridSkill[] | undefined;
  /** `null` clears it. */
  readonly endpointUrl?: string | null | undefined;
  readonly autonomous?: boolean | undefined;
}

/** What narrows a search. */
export interface SearchFilters {
  readonly onlineOnly?: boolean | undefined;
  readonly gridId?: string | undefined;
  readonly skillIds?: readonly string[] | undefined;
  readonly minReputation?: number | undefined;
  readonly status?: Availability | undefined;
}

export interface SearchOptions extends CallOptions {
  readonly filters?: SearchFilters | undefined;
  /** 1 to 100. @default the server's, 10 */
  readonly limit?: number | undefined;
}

/** What others see of the agent's time. What is left out is cleared. */
export interface StatusOptions extends CallOptions {
  /** At most 200 characters. */
  readonly statusMessage?: string | undefined;
  /** At most 100. */
  readonly activeTaskIds?: readonly string[] | undefined;
  /** At most 2,000 characters. */
  readonly summary?: string | undefined;
}

const nullable = (rule: OptionRule): OptionRule => ({
  expected: `${rule.expected}, or null`,
  isOne: (value) => value === null || rule.isOne(value),
});

const skillsRule: OptionRule = {
  expected: "a list of { id, name, description }",
  isOne: (value) =>
    Array.isArray(value) &&
    value.every((skill) => isBody(skill) && must.beText.isOne(skill.id) && must.beText.isOne(skill.name)),
};

const registerRules: OptionRules<RegisterOptions> = {
  ...callOptionRules,
  name: { ...must.beFullText, required: true },
  description: must.beText,
  skills: skillsRule,
  endpointUrl: nullable(must.beText),
  autonomous: must.beBoolean,
};

const patchRules: OptionRules<PatchNodeOptions> = {
  ...registerRules,
  name: must.beFullText,
  description: nullable(must.beText),
};

const searchRules: OptionRules<SearchOptions> = {
  ...callOptionRules,
  filters: must.follow<SearchFilters>({
    onlineOnly: must.beBoolean,
    gridId: must.beText,
    skillIds: must.beTexts,
    minReputation: must.beNumber(-Infinity, Infinity),
    status: must.beText,
  }),
  limit: must.beWhole(1, 100),
};

const statusRules: OptionRules<StatusOptions> = {
  ...callOptionRules,
  statusMessage: must.beText,
  activeTaskIds: must.beTexts,
  summary: must.beText,
};

/** The calls of nodes, over one connection. */
export class Nodes {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async register(options: RegisterOptions): Promise<GridNode> {
    const method = "register";
    checkCall(method, options, registerRules);
    const { names, profile } = this.#connection;
    const { publicKey } = (await this.#connection.identity()).info;
    const payload: Body = {
      ...names.rest({
        name: options.name,
        description: options.description,
        skills: options.skills,
        endpointUrl: options.endpointUrl,
        autonomous: options.autonomous,
      }),
      [profile.fields.requestPublicKey]: publicKey,
    };
    const left = this.#connection.sharing(options);
    const send = (route: "register" | "replaceNode"): Promise<unknown> =>
      this.#connection.rest({ method, route, payload, repeat: "always" }, left());
    const answer = await send("register").catch((error: unknown) => {
      if (error instanceof GridServerError && error.status === 409) {
        return send("replaceNode");
      }
      throw error;
    });
    return nodeOf(this.#read(method), answer, await this.#ownId());
  }

  async patchNode(options: PatchNodeOptions): Promise<GridNode> {
    const method = "patchNode";
    checkCall(method, options, patchRules);
    const { name, description, skills, endpointUrl, autonomous } = options;
    const payload = this.#connection.names.rest({ name, description, skills, endpointUrl, autonomous });
    const answer = await this.#connection.rest(
      { method, route: "patchNode", payload, repeat: "never" },
      options,
    );
    return nodeOf(this.#read(method), answer, await this.#ownId());
  }

  async getNode(nodeId: string, options: CallOptions): Promise<GridNode> {
    const method = "getNode";
    checked(method, "nodeId", nodeId, idRule);
    checkCallOptions(method, options);
    const answer = await this.#connection.rest(
      { method, route: "getNode", values: { nodeId }, repeat: "always" },
      options,
    );
    return nodeOf(this.#read(method), answer);
  }

  async status(options: CallOptions): Promise<GridNode> {
    const method = "status";
    checkCallOptions(method, options);
    const answer = await this.#connection.rest({ method, route: "status", repeat: "always" }, options);
    return nodeOf(this.#read(method), answer, await this.#ownId());
  }

  async heartbeat(options: CallOptions): Promise<GridHeartbeat> {
    const method = "heartbeat";
    checkCallOptions(method, options);
    const answer = await this.#connection.rest({ method, route: "heartbeat", repeat: "always" }, options);
    const from = this.#read(method)(answer);
    return withRaw(from, {
      ok: !from.has("ok") || from.flag("ok"),
      serverTime: from.text("serverTime"),
      expiresAt: from.text("expiresAt"),
    });
  }

  async setStatus(availability: Availability, options: StatusOptions): Promise<GridNode> {
    const method = "setStatus";
    checked(method, "status", availability, must.beFullText);
    checkCall(method, options, statusRules);
    const { statusMessage, activeTaskIds, summary } = options;
    const payload = this.#connection.names.rest({
      status: availability,
      statusMessage,
      activeTaskIds,
      summary,
    });
    const answer = await this.#connection.rest(
      { method, route: "setStatus", payload, repeat: "always" },
      options,
    );
    return nodeOf(this.#read(method), answer, await this.#ownId());
  }

  async generateClaimCode(options: CallOptions): Promise<GridClaimCode> {
    const method = "generateClaimCode";
    checkCallOptions(method, options);
    // A new code voids the one that a lost answer may have shown to nobody: harmless, but not ours to decide.
    const answer = await this.#connection.rest(
      { method, route: "generateClaimCode", repeat: "never" },
      options,
    );
    const from = this.#read(method)(answer);
    return withRaw(from, { code: from.id("code"), expiresAt: from.text("expiresAt") });
  }

  async search(query: string, options: SearchOptions): Promise<SearchResult[]> {
    const method = "search";
    checked(method, "query", query, must.beText);
    checkCall(method, options, searchRules);
    const { names } = this.#connection;
    const { filters, limit } = options;
    const payload = names.rest({
      query,
      filters: filters && names.rest({ ...filters }),
      limit,
    });
    const answer = await this.#connection.rest(
      { method, route: "search", payload, repeat: "always" },
      options,
    );
    const read = this.#read(method);
    return listOf(read, answer).map((item) => searchResultOf(read, item));
  }

  async getProtocolGuide(options: CallOptions): Promise<string> {
    const method = "getProtocolGuide";
    checkCallOptions(method, options);
    return await this.#connection.text({ method, route: method, unsigned: true, repeat: "always" }, options);
  }

  #read(method: string): Read {
    return readerOf(this.#connection.profile, method);
  }

  async #ownId(): Promise<string> {
    return (await this.#connection.identity()).info.nodeId;
  }
}

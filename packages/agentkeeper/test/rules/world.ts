// The rules in virtual time: a store without sockets or timers, and what tests of AgentKeeper often do with one.
import { type Moment as MomentOf, VirtualStore } from "@x/core/testing";
import {
  createMachine,
  defaultRules,
  genesis,
  type KeeperMachine,
  type KeeperRules,
} from "../../src/local/rules/machine.ts";
import type { KeeperTypes } from "../../src/local/rules/model/turn.ts";
import type { CardView } from "../../src/local/rules/model/views.ts";
import { describeState } from "./describe-state.ts";

export const startWall: number = Date.UTC(2026, 0, 1);

/** One thing that happened, at a monotonic time: what a checker of histories reads. */
export type Moment = MomentOf<KeeperTypes>;

export class World extends VirtualStore<KeeperTypes> {
  #agents = 0;

  /** The topics of the events since the last call of this or of `fresh`. */
  topics(): string[] {
    return this.fresh().map(({ topic }) => topic);
  }

  /** Registers an agent and answers its id. */
  agent(
    name = `agent-${this.#agents}`,
    options: { readonly ttlSeconds?: number; readonly tools?: readonly string[] } = {},
  ): string {
    this.#agents += 1;
    const agentId = `id-${this.#agents}`;
    const { ttlSeconds = 30, tools = [] } = options;
    return this.ok({ type: "register", agentId, card: card(name, { tools }), ttlSeconds }).agentId;
  }
}

export function card(name: string, more: Partial<CardView> = {}): CardView {
  return { name, description: "", version: "1", capabilities: [], tools: [], metadata: {}, ...more };
}

/** `plant` may spoil the machine, to show that a check notices. */
export function createWorld(
  rules: Partial<KeeperRules> = {},
  plant: (machine: KeeperMachine) => KeeperMachine = (machine) => machine,
): World {
  return new World({
    machine: plant(createMachine({ ...defaultRules, ...rules })),
    startWall,
    genesis: ({ wall }) => genesis("log", Math.floor(wall / 1_000)),
    describe: describeState,
  });
}

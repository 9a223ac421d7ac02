// The processes behind each agent: of several the least busy one, and those that are gone left out until they are well again.
import type { Clock, Timer } from "@x/core/service";
import type { AgentConnectionOptions } from "../../wire/agent-connection.ts";
import type { Agent } from "../rules/model/entities.ts";
import { type AgentLink, createAgentLink } from "./agent-link.ts";

export interface AgentPool {
  /** The link for the next call of an agent as it is registered now. */
  linkOf(agent: Agent): AgentLink;
  /** Nobody was there: it is left out until it is well again. */
  isGone(link: AgentLink): void;
  /** Whether any process of an agent says that it is well. */
  isHealthy(agent: Agent): Promise<boolean>;
  /** The agent is registered no more: its connections end with the calls that run. */
  forget(agentId: string): void;
  close(): Promise<void>;
}

/** How often a process that is gone is looked for, in milliseconds. */
const lookEveryMs = 1_000;

interface Links {
  /** The addresses as they were registered. */
  readonly of: string;
  readonly links: readonly AgentLink[];
}

/** @param clock the time of other machines */
export function createAgentPool(options: AgentConnectionOptions, clock: Clock): AgentPool {
  const pool = new Map<string, Links>();
  const retired = new Set<AgentLink>();
  const looking = new Map<AgentLink, Timer>();

  const retire = ({ links }: Links): void => {
    for (const link of links) {
      looking.get(link)?.cancel();
      looking.delete(link);
      retired.add(link);
      link.retire();
    }
    for (const link of retired) {
      if (link.busy === 0) {
        retired.delete(link);
      }
    }
  };

  const linksOf = ({ agentId, callbacks, registeredMs }: Agent): readonly AgentLink[] => {
    const of = `${registeredMs} ${callbacks.join()}`;
    const known = pool.get(agentId);
    if (known?.of === of) {
      return known.links;
    }
    if (known !== undefined) {
      // What runs on the old ones is finished there.
      retire(known);
    }
    const links = callbacks.map((address) => createAgentLink(address, options));
    pool.set(agentId, { of, links });
    return links;
  };

  const look = (link: AgentLink): void => {
    looking.set(
      link,
      clock.setTimer(
        lookEveryMs,
        () => {
          void link.isHealthy().then((isWell) => {
            if (isWell) {
              link.isDead = false;
              looking.delete(link);
            } else if (looking.has(link)) {
              look(link);
            }
          });
        },
        { ref: false },
      ),
    );
  };

  return {
    linkOf(agent) {
      const links = linksOf(agent);
      const alive = links.filter(({ isDead }) => !isDead);
      const [first, ...others] = alive.length > 0 ? alive : links;
      if (first === undefined) {
        throw new RangeError(`agent ${agent.agentId} has no address`);
      }
      return others.reduce((least, link) => (link.busy < least.busy ? link : least), first);
    },

    isGone(link) {
      const isOneOfMany = [...pool.values()].some(({ links }) => links.length > 1 && links.includes(link));
      if (isOneOfMany && !link.isDead) {
        link.isDead = true;
        look(link);
      }
    },

    async isHealthy(agent) {
      const looks = await Promise.all(linksOf(agent).map((link) => link.isHealthy()));
      return looks.includes(true);
    },

    forget(agentId) {
      const known = pool.get(agentId);
      pool.delete(agentId);
      if (known !== undefined) {
        retire(known);
      }
    },

    async close() {
      const all = [...pool.values()].flatMap(({ links }) => links);
      for (const timer of looking.values()) {
        timer.cancel();
      }
      looking.clear();
      await Promise.all([...all, ...retired].map((link) => link.close()));
    },
  };
}

// What a network sends and what our clients hand out of it, searched for the secrets that it ought to keep.
import { inspect } from "node:util";
import { AgentClient } from "@x/openagents";

const secretPattern = /(?<![A-Za-z0-9])[A-Za-z0-9]{64}(?![A-Za-z0-9])/g;

export const secretsIn = (text: string): readonly string[] => text.match(secretPattern) ?? [];

export interface Records {
  /** As it came: what is on the wire, and what was handed to somebody. */
  readonly wire: string[];
  readonly handed: string[];
  /** A client of which all is taken down that anybody gets, whichever way. */
  client(agentId: string): AgentClient;
  hand(...values: readonly unknown[]): void;
}

/** All there is of a value, also what JSON leaves out. */
const all = (value: unknown): string =>
  inspect(value, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity, getters: true });

export function createRecords(): Records {
  const wire: string[] = [];
  const handed: string[] = [];
  const hand = (...values: readonly unknown[]): void => void handed.push(...values.map(all));
  return {
    wire,
    handed,
    hand,
    client(agentId) {
      const client = new AgentClient({
        agentId,
        onError: hand,
        onWarning: hand,
        async fetch(url, init) {
          const answer = await fetch(url, init);
          wire.push(await answer.clone().text());
          return answer;
        },
      });
      client.registerEventHandler(hand);
      client.registerEventHandler(hand, ["*"]);
      client.registerEventHandler(hand, [
        "channel.message.*",
        "direct.*",
        "workspace.*",
        "thread.*",
        "agent.*",
      ]);
      return client;
    },
  };
}

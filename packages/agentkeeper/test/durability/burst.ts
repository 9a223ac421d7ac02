// Work on a daemon that is about to be killed: what was asked, what was acknowledged, and what a watcher was shown.
import type { Connection } from "../../src/client/connection.ts";
import { toError } from "../../src/client/connection.ts";
import { decodeEvent } from "../../src/client/decode/decode.ts";
import { PolicyEffect } from "../../src/gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { WatchEvent } from "../../src/index.ts";

/** Everything that clients were told. */
export interface Told {
  readonly agents: Set<string>;
  /** Ids of tasks by the text that their creator gave them. */
  readonly tasks: Map<string, string>;
  readonly askedTasks: Set<string>;
  readonly policies: Set<string>;
  /** Tokens by key. */
  readonly held: Map<string, bigint>;
  readonly released: Map<string, bigint>;
  /** Keys whose release was asked for and not answered. */
  readonly unclear: Set<string>;
  /** Highest term by group. */
  readonly terms: Map<string, bigint>;
  /** Events by sequence, as a watcher saw them. */
  readonly events: Map<bigint, WatchEvent>;
}

export const nothingTold = (): Told => ({
  agents: new Set(),
  tasks: new Map(),
  askedTasks: new Set(),
  policies: new Set(),
  held: new Map(),
  released: new Map(),
  unclear: new Set(),
  terms: new Map(),
  events: new Map(),
});

const encoder = new TextEncoder();

/** One client's work until its connection breaks; `acknowledged` is called after every answer. */
async function work(
  { registry, leases, elections, entitlements, tasks }: Connection,
  name: string,
  told: Told,
  acknowledged: () => void,
): Promise<void> {
  const card = { name, description: "", version: "" };
  const { agentId } = await registry.register({ card, ttlSeconds: 86_400 });
  told.agents.add(agentId);
  acknowledged();
  for (let round = 0; ; round += 1) {
    const id = `${name}-${round}`;
    told.askedTasks.add(id);
    const { task } = await tasks.createTask({ type: "work", input: encoder.encode(id), ttlSeconds: 600 });
    told.tasks.set(id, task?.id ?? "");
    acknowledged();
    const { lease } = await leases.acquireLease({ taskId: id, agentId, ttlSeconds: 86_400 });
    told.held.set(id, lease?.token?.value ?? 0n);
    acknowledged();
    const policy = { id, subject: name, action: "a", resource: "r", effect: PolicyEffect.ALLOW };
    await entitlements.setPolicy({ policy });
    told.policies.add(id);
    acknowledged();
    const { state } = await elections.campaign({ group: name, agentId });
    told.terms.set(name, state?.term ?? 0n);
    acknowledged();
    if (round % 2 === 1 && lease?.token !== undefined) {
      told.unclear.add(id);
      told.held.delete(id);
      await leases.releaseLease({ taskId: id, agentId, token: lease.token });
      told.unclear.delete(id);
      told.released.set(id, lease.token.value);
      acknowledged();
      await elections.resign({ group: name, agentId });
      acknowledged();
    }
  }
}

async function watch(connection: Connection, told: Told): Promise<void> {
  for await (const { kind } of connection.events.watch({ topics: [] }, { timeoutMs: 0 })) {
    if (kind.case === "batch") {
      for (const event of kind.value.events) {
        told.events.set(event.sequenceNumber, decodeEvent(event));
      }
    }
  }
}

/**
 * Several clients at once, until `enough` answers have come; then `end` is called and everything runs to its end.
 * Answers the codes of the errors that the calls in flight ended with.
 */
export async function burst(
  connections: readonly Connection[],
  options: {
    readonly name: string;
    readonly told: Told;
    readonly enough: number;
    readonly end: () => Promise<unknown>;
  },
): Promise<string[]> {
  const { name, told, enough, end } = options;
  const codes: string[] = [];
  let answers = 0;
  let ending: Promise<unknown> | undefined;
  const acknowledged = (): void => {
    answers += 1;
    if (answers >= enough) {
      ending ??= end();
    }
  };
  const toItsEnd = async (what: Promise<void>): Promise<void> => {
    try {
      await what;
    } catch (error) {
      codes.push(toError(error, { service: "agentkeeper", operation: "burst" }).code);
    }
  };
  await Promise.all(
    connections.map((connection, index) =>
      toItsEnd(
        index === 0 ? watch(connection, told) : work(connection, `${name}-${index}`, told, acknowledged),
      ),
    ),
  );
  await ending;
  return codes;
}

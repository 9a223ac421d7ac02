// Every option of every call and helper is checked by name, kind and bound before anything is sent.
import { describe, expect, it } from "vitest";
import {
  type AgentHandle,
  AgentKeeperClient,
  createFencedStore,
  InvalidArgumentError,
  type LeaseHandle,
  startLeaderElector,
  startTaskWorker,
} from "../src/index.ts";
import { startKeeper } from "./fixture.ts";

interface Scene {
  readonly client: AgentKeeperClient;
  readonly agent: AgentHandle;
  readonly lease: LeaseHandle;
}

/** A call that is right but for what is added to its options. */
type Call = (scene: Scene, more: object) => unknown;

const policy = { id: "p", subject: "s", action: "a", resource: "r", effect: "ALLOW" } as const;
const check = { subject: "s", action: "a", resource: "r" };
const register = { name: "a", description: "", version: "1" };
const lead = async (): Promise<void> => undefined;
const handle = async (): Promise<undefined> => undefined;

const calls: Readonly<Record<string, Call>> = {
  register: ({ client }, more) => client.register({ ...register, ...more }),
  getAgent: ({ client, agent }, more) => client.getAgent(agent.agentId, more),
  find: ({ client }, more) => client.find(more),
  findScored: ({ client }, more) => client.findScored(more),
  listAgents: ({ client }, more) => client.listAgents(more),
  acquireLease: ({ client, agent }, more) => client.acquireLease("k", agent.agentId, more),
  getLease: ({ client }, more) => client.getLease("held", more),
  listLeases: ({ client }, more) => client.listLeases(more),
  validateFence: ({ client }, more) => client.validateFence("held", 1n, more),
  campaign: ({ client, agent }, more) => client.campaign("g", agent.agentId, more),
  resign: ({ client, agent }, more) => client.resign("g", agent.agentId, more),
  getElection: ({ client }, more) => client.getElection("g", more),
  listElections: ({ client }, more) => client.listElections(more),
  setPolicy: ({ client }, more) => client.setPolicy(policy, more),
  "the policy of setPolicy": ({ client }, more) => client.setPolicy({ ...policy, ...more }),
  deletePolicy: ({ client }, more) => client.deletePolicy("p", more),
  listPolicies: ({ client }, more) => client.listPolicies(more),
  checkPolicy: ({ client }, more) => client.checkPolicy(check, more),
  "the check of checkPolicy": ({ client }, more) => client.checkPolicy({ ...check, ...more }),
  getPolicy: ({ client }, more) => client.getPolicy("p", more),
  checkPolicies: ({ client }, more) => client.checkPolicies([check], more),
  "a check of checkPolicies": ({ client }, more) => client.checkPolicies([{ ...check, ...more }]),
  createTask: ({ client }, more) => client.createTask({ type: "t", ...more }),
  claimTask: ({ client, agent }, more) => client.claimTask(agent.agentId, more),
  tryClaimTask: ({ client, agent }, more) => client.tryClaimTask(agent.agentId, more),
  cancelTask: ({ client }, more) => client.cancelTask("t", more),
  completeTask: ({ client, agent }, more) => client.completeTask("t", agent.agentId, more),
  failTask: ({ client, agent }, more) => client.failTask("t", agent.agentId, more),
  getTask: ({ client }, more) => client.getTask("t", more),
  listTasks: ({ client }, more) => client.listTasks(more),
  listTaskDetails: ({ client }, more) => client.listTaskDetails(more),
  getServerInfo: ({ client }, more) => client.getServerInfo(more),
  watch: ({ client }, more) => client.watch([], undefined, more),
  watchElection: ({ client }, more) => client.watchElection("g", undefined, more),
  renew: ({ lease }, more) => lease.renew(more),
  release: ({ lease }, more) => lease.release(more),
  deregister: ({ agent }, more) => agent.deregister(more),
  startTaskWorker: ({ client, agent }, more) => startTaskWorker({ client, agent, handle, ...more }),
  startLeaderElector: ({ client, agent }, more) =>
    startLeaderElector({ client, agent, group: "g", lead, ...more }),
  "new client": (_, more) => new AgentKeeperClient(more),
  embedded: (_, more) => AgentKeeperClient.embedded(more),
  "fencedStore.write": (_, more) => createFencedStore().write("r", 1n, () => 1, more),
};

/** What a call fails with, whether it throws or rejects. */
async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

async function withScene(run: (scene: Scene, sent: readonly string[]) => Promise<void>): Promise<void> {
  const sent: string[] = [];
  await using keeper = await startKeeper({
    client: { hooks: { onAttempt: ({ operation }) => sent.push(operation) } },
  });
  const agent = await keeper.client.register({ ...register, ttlSeconds: 600 });
  const lease = await keeper.client.acquireLease("held", agent.agentId);
  if (lease === null) {
    throw new Error("the key was held");
  }
  sent.length = 0;
  await run({ client: keeper.client, agent, lease }, sent);
}

describe("options", () => {
  it.each(Object.entries(calls))("%s refuses a name that is none of its options", async (_name, call) => {
    await withScene(async (scene, sent) => {
      const error = await failureOf(() => call(scene, { colour: 1 }));
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error).toMatchObject({ code: "invalid_option", service: "agentkeeper" });
      expect(String(error)).toContain("there is no option colour");
      expect(sent).toEqual([]);
    });
  });

  const wrong: readonly (readonly [string, object, string])[] = [
    ["acquireLease", { ttl: 120 }, "there is no option ttl; did you mean ttlSeconds?"],
    ["acquireLease", { ttlSeconds: 0 }, "ttlSeconds must be a whole number from 1 to 604800, not 0"],
    ["acquireLease", { ttlSeconds: 604_801 }, "ttlSeconds"],
    ["acquireLease", { ttlSeconds: 1.5 }, "ttlSeconds"],
    ["acquireLease", { ttlSeconds: Number.POSITIVE_INFINITY }, "ttlSeconds"],
    ["acquireLease", { waitTimeoutMs: -1 }, "waitTimeoutMs"],
    ["acquireLease", { waitTimeoutMs: Number.NaN }, "waitTimeoutMs"],
    ["acquireLease", { lockDelayMs: 60_001 }, "lockDelayMs"],
    ["acquireLease", { lockDelayMs: Number.POSITIVE_INFINITY }, "lockDelayMs"],
    ["acquireLease", { autoRenew: "yes" }, "autoRenew"],
    ["acquireLease", { signal: new AbortController() }, "signal must be an AbortSignal"],
    ["acquireLease", { timeoutMs: Number.NaN }, "timeoutMs"],
    ["acquireLease", { timeoutMs: 0 }, "timeoutMs"],
    ["acquireLease", { maxRetries: -1 }, "maxRetries"],
    ["acquireLease", { headers: { a: 1 } }, "headers"],
    ["renew", { ttlSeconds: Number.NaN }, "ttlSeconds"],
    ["register", { ttlSeconds: 86_401 }, "ttlSeconds"],
    ["register", { name: undefined }, "name must be a string, not undefined"],
    ["register", { tools: "browser" }, "tools must be a list of strings"],
    ["register", { metadata: { a: 1 } }, "metadata"],
    ["register", { capabilities: ["a"] }, "capabilities must be a list of objects"],
    ["register", { heartbeatsFrom: "thread" }, "heartbeatsFrom must be one of main, worker"],
    ["find", { limit: 1_001 }, "limit"],
    ["find", { limit: 0 }, "limit"],
    ["find", { query: 1 }, "query"],
    ["findScored", { minScore: Number.NaN }, "minScore"],
    ["findScored", { statuses: ["LIVE"] }, "statuses must be a list of ALIVE, UNREACHABLE, DEAD"],
    ["listAgents", { statuses: "ALIVE" }, "statuses"],
    ["listTasks", { status: "READY" }, "status must be one of"],
    ["listTaskDetails", { withData: 1 }, "withData"],
    ["createTask", { maxRetries: 1_001 }, "maxRetries must be a whole number from 0 to 1000"],
    ["createTask", { maxLost: -1 }, "maxLost must be a whole number from 0 to 1000, or Infinity"],
    ["createTask", { maxLost: Number.NaN }, "maxLost"],
    ["createTask", { ttlSeconds: Number.NaN }, "ttlSeconds"],
    ["createTask", { input: { a: 1 } }, "input must be a string or a Uint8Array; write an object as JSON"],
    ["claimTask", { types: [1] }, "types"],
    ["tryClaimTask", { waitTimeoutMs: Number.NaN }, "waitTimeoutMs"],
    ["completeTask", { output: 7 }, "output"],
    ["failTask", { token: 7 }, "token must be a bigint"],
    ["the policy of setPolicy", { effect: "allow" }, "effect must be one of ALLOW, DENY"],
    ["watch", { bufferSize: 0 }, "bufferSize"],
    ["watch", { cursor: 7 }, "cursor must be a bigint"],
    ["watch", { maxReconnects: Number.NaN }, "maxReconnects"],
    ["startTaskWorker", { concurrency: 0 }, "concurrency must be a whole number from 1 to 10000, not 0"],
    ["startTaskWorker", { concurrency: Number.NaN }, "concurrency"],
    ["startTaskWorker", { concurrency: Number.POSITIVE_INFINITY }, "concurrency"],
    ["startTaskWorker", { claimTtlSeconds: 0.5 }, "claimTtlSeconds"],
    ["startTaskWorker", { handle: "x" }, "handle must be a function"],
    ["startTaskWorker", { agent: "id" }, "agent must be the handle that register answered"],
    ["startTaskWorker", { client: {} }, "client must be an AgentKeeperClient"],
    ["startLeaderElector", { pauseMs: Number.POSITIVE_INFINITY }, "pauseMs"],
    ["startLeaderElector", { whenLeadEnds: "stop" }, "whenLeadEnds must be one of resign, again"],
    ["startLeaderElector", { group: "" }, "group"],
    ["new client", { tls: { sertificate: "" } }, "there is no option tls.sertificate"],
    ["new client", { hooks: { onRetry: 1 } }, "hooks.onRetry must be a function"],
    ["new client", { clock: {} }, "clock must be a clock"],
    ["embedded", { port: 70_000 }, "port"],
    ["embedded", { dataDir: 7 }, "dataDir"],
    ["embedded", { host: "x" }, "there is no option host"],
  ];

  it.each(wrong)("%s refuses %o", async (name, more, message) => {
    await withScene(async (scene, sent) => {
      const error = await failureOf(() => calls[name]?.(scene, more));
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(String(error)).toContain(message);
      expect(sent).toEqual([]);
    });
  });

  it.each<[string, Call]>([
    ["acquireLease", ({ client, agent }) => client.acquireLease("k", agent as never)],
    ["campaign", ({ client, agent }) => client.campaign("g", agent as never)],
    ["resign", ({ client }) => client.resign("g", undefined as never)],
    ["validateFence", ({ client }) => client.validateFence("held", 7 as never)],
    ["watch", ({ client }) => client.watch("agent." as never)],
    ["watch with a callback", ({ client }) => client.watch([], "x" as never)],
    ["watchElection", ({ client }) => client.watchElection(7 as never)],
    ["write", () => createFencedStore().write("r", 7 as never, () => 1)],
    ["createFencedStore", () => createFencedStore(new Map([["a", 1n]]).get as never)],
  ])("%s refuses an argument of the wrong kind", async (_name, call) => {
    await withScene(async (scene, sent) => {
      expect(await failureOf(() => call(scene, {}))).toBeInstanceOf(InvalidArgumentError);
      expect(sent).toEqual([]);
    });
  });

  it("waits for ever with Infinity, in line for a key and for a task", async () => {
    await withScene(async ({ client, lease }) => {
      const other = await client.register({ ...register, ttlSeconds: 600 });
      const forEver = { waitTimeoutMs: Number.POSITIVE_INFINITY };
      const waiting = client.acquireLease("held", other.agentId, forEver);
      const claiming = client.tryClaimTask(other.agentId, forEver);
      await client.find();
      await lease.release();
      expect((await waiting)?.lease.holderAgentId).toBe(other.agentId);
      const { id } = await client.createTask({ type: "t", maxLost: Number.POSITIVE_INFINITY });
      expect(await claiming).toMatchObject({ id, maxLost: null });
    });
  });
});

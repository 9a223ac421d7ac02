// A task worker: as many tasks at once as it may, claims that live as long as the work, and an honest word at the end.
import { createFakeClock, startFaultProxy, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import {
  type AgentHandle,
  AgentKeeperClient,
  startTaskWorker,
  type Task,
  type TaskWorker,
  type TaskWorkerOptions,
} from "../../src/index.ts";
import { startLocalAgentKeeper } from "../../src/local/index.ts";
import { type Keeper, startKeeper } from "../fixture.ts";

const register = (client: AgentKeeperClient, ttlSeconds = 86_400): Promise<AgentHandle> =>
  client.register({ name: "worker", description: "", version: "", ttlSeconds });

/** Work that ends when the test says so. */
function heldWork() {
  const begun: {
    readonly task: Task;
    readonly signal: AbortSignal;
    readonly end: (output?: string) => void;
  }[] = [];
  const handle: TaskWorkerOptions["handle"] = (task, { signal }) => {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    begun.push({ task, signal, end: resolve });
    return promise;
  };
  return { begun, handle };
}

const statuses = async ({ client }: Pick<Keeper, "client">): Promise<string[]> =>
  (await client.listTasks()).map(({ status }) => status);

describe("a task worker", () => {
  it("works on as many tasks at once as it may, and completes each with what the handler answered", async () => {
    await using keeper = await startKeeper();
    let atOnce = 0;
    let most = 0;
    const full = Promise.withResolvers<void>();
    await using worker = startTaskWorker({
      client: keeper.client,
      agent: await register(keeper.client),
      concurrency: 3,
      async handle({ input }) {
        atOnce += 1;
        most = Math.max(most, atOnce);
        if (atOnce === 3) {
          full.resolve();
        }
        // Nobody is through before as many are at work as may be.
        await full.promise;
        await keeper.client.find();
        atOnce -= 1;
        return `done ${Buffer.from(input)}`;
      },
    });
    const tasks = [];
    for (let index = 0; index < 20; index += 1) {
      tasks.push(await keeper.client.createTask({ type: "work", input: String(index) }));
    }
    await waitUntil(async () => (await statuses(keeper)).every((status) => status === "COMPLETED"));
    for (const [index, { id }] of tasks.entries()) {
      const { output, claimedByAgentId } = await keeper.client.getTask(id);
      expect([Buffer.from(output).toString(), claimedByAgentId]).not.toContain("");
      expect(Buffer.from(output).toString()).toBe(`done ${index}`);
    }
    expect(most).toBe(3);
    expect(worker.running).toBe(0);
  });

  it("a throw fails the task with its message, and it is tried again while it has retries", async () => {
    await using keeper = await startKeeper();
    let attempts = 0;
    await using _worker = startTaskWorker({
      client: keeper.client,
      agent: await register(keeper.client),
      handle() {
        attempts += 1;
        return Promise.reject(new Error(`failure ${attempts} ${"x".repeat(20_000)}`));
      },
    });
    const { id } = await keeper.client.createTask({ type: "work", maxRetries: 2 });
    await waitUntil(async () => (await keeper.client.getTask(id)).status === "DEAD");
    const { retryCount, failureReason } = await keeper.client.getTask(id);
    expect([attempts, retryCount]).toEqual([3, 2]);
    expect(failureReason).toMatch(/^failure 3 x+$/);
  });

  it("tells the outcome for as long as the claim is held, while the daemon cannot be reached", async () => {
    await using keeper = await startKeeper();
    await using proxy = await startFaultProxy({ port: keeper.server.port });
    let untold = 0;
    await using client = new AgentKeeperClient({
      host: proxy.host,
      port: proxy.port,
      hooks: {
        onCallEnd({ operation, error }) {
          untold += operation === "completeTask" && error !== undefined ? 1 : 0;
        },
      },
    });
    let runs = 0;
    await using _worker = startTaskWorker({
      client,
      agent: await register(client),
      async handle() {
        runs += 1;
        await proxy.refuse();
        proxy.cutAll();
        return "done";
      },
    });
    const { id } = await keeper.client.createTask({ type: "work" });
    await waitUntil(() => untold > 0);
    await proxy.accept();
    await waitUntil(async () => (await keeper.client.getTask(id)).status === "COMPLETED");
    expect(runs).toBe(1);
  });

  it("renews the claim while the handler works, and no longer", async () => {
    const clock = createFakeClock();
    let renewals = 0;
    await using keeper = await startKeeper({
      client: {
        clock,
        hooks: {
          onCallEnd({ operation, error }) {
            renewals += operation === "renewLease" && error === undefined ? 1 : 0;
          },
        },
      },
    });
    const { begun, handle } = heldWork();
    const agent = await register(keeper.client);
    await using worker = startTaskWorker({ client: keeper.client, agent, handle, claimTtlSeconds: 30 });
    const { id } = await keeper.client.createTask({ type: "work" });
    await waitUntil(() => begun.length === 1);
    expect((await keeper.client.getLease(id)).ttlSeconds).toBe(30);
    for (const count of [1, 2, 3]) {
      await clock.advance(10_000);
      await waitUntil(() => renewals === count, { what: `renewal ${count}` });
      await clock.settle();
    }
    expect(begun[0]?.signal.aborted).toBe(false);
    begun[0]?.end("done");
    await waitUntil(() => worker.running === 0);
    const before = clock.pendingTimers;
    await clock.advance(60_000);
    expect([renewals, clock.pendingTimers <= before]).toEqual([3, true]);
    expect((await keeper.client.getTask(id)).status).toBe("COMPLETED");
  });

  it("a lost claim aborts the handler, and what it answers is dropped", async () => {
    const clock = createFakeClock();
    await using keeper = await startKeeper({ client: { clock } });
    const { begun, handle } = heldWork();
    const agent = await register(keeper.client);
    await using worker = startTaskWorker({ client: keeper.client, agent, handle, claimTtlSeconds: 30 });
    const { id } = await keeper.client.createTask({ type: "work" });
    await waitUntil(() => begun.length === 1);
    await keeper.client.cancelTask(id, { reason: "not needed" });
    await clock.advance(10_000);
    await waitUntil(() => begun[0]?.signal.aborted === true, { what: "the abort" });
    begun[0]?.end("too late");
    await waitUntil(() => worker.running === 0);
    expect(await keeper.client.getTask(id)).toMatchObject({ status: "DEAD", failureReason: "not needed" });
  });

  it("a lost agent aborts the handlers at once and ends the worker", async () => {
    await using keeper = await startKeeper();
    const { begun, handle } = heldWork();
    const agent = await register(keeper.client);
    const problems: unknown[] = [];
    const onError = (error: unknown) => void problems.push(error);
    const worker = startTaskWorker({ client: keeper.client, agent, handle, concurrency: 2, onError });
    const { id } = await keeper.client.createTask({ type: "work" });
    await waitUntil(() => begun.length === 1);
    await agent.deregister();
    expect(begun[0]?.signal.aborted).toBe(true);
    begun[0]?.end("too late");
    expect(await worker.ended).toMatchObject({ reason: "agent_ended", error: { name: "AbortError" } });
    expect((await keeper.client.getTask(id)).status).toBe("PENDING");
    expect(problems).toEqual([]);
  });

  it("says why it has ended: stopped, its client closed, or its agent unknown to a daemon that came back empty", async () => {
    const first = await startLocalAgentKeeper();
    const client = new AgentKeeperClient({ port: first.port });
    const problems: unknown[] = [];
    const start = (agent: AgentHandle): TaskWorker =>
      startTaskWorker({
        client,
        agent,
        concurrency: 3,
        handle: async () => undefined,
        onError: (error) => problems.push(error),
      });
    const [a, b] = [await register(client), await register(client)];
    const stopped = start(a);
    await stopped.stop();
    expect(await stopped.ended).toEqual({ reason: "stopped" });
    const lost = start(a);
    await first.close();
    await using _second = await startLocalAgentKeeper({ port: first.port });
    expect(await lost.ended).toMatchObject({ reason: "agent_lost", error: { code: "agent_not_found" } });
    expect(problems).toMatchObject([{ code: "agent_not_found" }]);
    const late = start(b);
    await client.close();
    expect(await late.ended).toMatchObject({ reason: "agent_ended", error: { name: "AbortError" } });
    expect(problems).toHaveLength(1);
    expect(await start(b).ended).toMatchObject({ reason: "agent_ended" });
  });

  it("says why it has ended when the daemon refuses it, and tells", async () => {
    await using keeper = await startKeeper();
    const problems: unknown[] = [];
    const types = Array.from({ length: 65 }, (_, index) => `type ${index}`);
    const worker = startTaskWorker({
      client: keeper.client,
      agent: await register(keeper.client),
      types,
      handle: async () => undefined,
      onError: (error) => problems.push(error),
    });
    expect(await worker.ended).toMatchObject({ reason: "refused", error: { code: "field_too_long" } });
    expect(problems).toMatchObject([{ code: "field_too_long" }]);
  });

  it("a worker that is stopped while claims are answered leaves none behind", async () => {
    await using keeper = await startKeeper();
    const agent = await register(keeper.client);
    for (let round = 0; round < 10; round += 1) {
      const before = (await keeper.client.listTasks({ status: "COMPLETED" })).length;
      await Promise.all(Array.from({ length: 60 }, () => keeper.client.createTask({ type: "work" })));
      const worker = startTaskWorker({
        client: keeper.client,
        agent,
        concurrency: 8,
        handle: async () => "done",
      });
      await waitUntil(
        async () => (await keeper.client.listTasks({ status: "COMPLETED" })).length >= before + 10,
      );
      await worker.stop();
      expect(await keeper.client.listTasks({ status: "CLAIMED" })).toEqual([]);
      for (const { id } of await keeper.client.listTasks({ status: "PENDING" })) {
        await keeper.client.cancelTask(id);
      }
    }
  });

  it("tells the handler how many claims of the task were lost", async () => {
    await using keeper = await startKeeper();
    const { id } = await keeper.client.createTask({ type: "work", maxLost: 1 });
    const doomed = await register(keeper.client);
    await keeper.client.claimTask(doomed.agentId);
    await doomed.deregister();
    const seen: unknown[] = [];
    await using _worker = startTaskWorker({
      client: keeper.client,
      agent: await register(keeper.client),
      handle: async ({ lostCount, token }) => void seen.push([lostCount, typeof token]),
    });
    await waitUntil(async () => (await keeper.client.getTask(id)).status === "COMPLETED");
    expect(seen).toEqual([[1, "bigint"]]);
  });

  it("stop claims no more and waits for what is in work", async () => {
    await using keeper = await startKeeper();
    const { begun, handle } = heldWork();
    const agent = await register(keeper.client);
    const worker = startTaskWorker({ client: keeper.client, agent, handle, concurrency: 2 });
    const [first, second] = [
      await keeper.client.createTask({ type: "work" }),
      await keeper.client.createTask({ type: "work" }),
    ];
    await waitUntil(() => begun.length === 2 && worker.running === 2);
    const stopped = worker.stop();
    let isStopped = false;
    stopped.then(() => {
      isStopped = true;
    });
    const third = await keeper.client.createTask({ type: "work" });
    begun[0]?.end("one");
    await waitUntil(() => worker.running === 1);
    expect([isStopped, begun[1]?.signal.aborted]).toEqual([false, false]);
    begun[1]?.end("two");
    await stopped;
    await worker.stop();
    const status = async ({ id }: Task): Promise<string> => (await keeper.client.getTask(id)).status;
    expect([await status(first), await status(second), await status(third)]).toEqual([
      "COMPLETED",
      "COMPLETED",
      "PENDING",
    ]);
  });

  it("stop now aborts what is in work, and its tasks are tried again", async () => {
    await using keeper = await startKeeper();
    const agent = await register(keeper.client);
    let aborts = 0;
    const worker = startTaskWorker({
      client: keeper.client,
      agent,
      handle: (_, { signal }) =>
        new Promise((resolve) =>
          signal.addEventListener("abort", () => {
            aborts += 1;
            resolve("half done");
          }),
        ),
    });
    const { id } = await keeper.client.createTask({ type: "work", maxRetries: 1 });
    await waitUntil(() => worker.running === 1);
    await waitUntil(async () => (await keeper.client.getLease(id)).ttlSeconds === 60);
    await worker.stop({ now: true });
    expect(aborts).toBe(1);
    expect(await keeper.client.getTask(id)).toMatchObject({
      status: "PENDING",
      retryCount: 1,
      failureReason: "the worker was stopped",
    });
  });

  it("takes only tasks of the types asked for", async () => {
    await using keeper = await startKeeper();
    const agent = await register(keeper.client);
    await using _worker = startTaskWorker({
      client: keeper.client,
      agent,
      types: ["parse"],
      handle: async () => undefined,
    });
    const other = await keeper.client.createTask({ type: "fetch" });
    const { id } = await keeper.client.createTask({ type: "parse" });
    await waitUntil(async () => (await keeper.client.getTask(id)).status === "COMPLETED");
    expect((await keeper.client.getTask(other.id)).status).toBe("PENDING");
  });

  const unprintable = {
    toString(): string {
      throw new Error("no text");
    },
  };
  it.each<[string, TaskWorkerOptions["handle"], string]>([
    [
      "is too large",
      async () => new Uint8Array(1_048_577),
      "the outcome was refused: completeTask: output is longer",
    ],
    [
      "is no text and no bytes",
      async () => ({ a: 1 }) as never,
      "the outcome was refused: completeTask: output must be",
    ],
    ["is null", async () => null as never, "the outcome was refused: completeTask: output must be"],
    [
      "was thrown before a promise",
      () => {
        throw new Error("at once");
      },
      "at once",
    ],
    ["is an error without words", () => Promise.reject(new Error("")), "Error"],
    ["is no error", () => Promise.reject(undefined), "undefined"],
    ["cannot be printed", () => Promise.reject(Object.create(null)), "what was thrown has no text"],
    ["has no text", () => Promise.reject(unprintable), "what was thrown has no text"],
    ["is half a character", () => Promise.reject(new Error(`${"x".repeat(1_999)}\u{1f600}`)), "x"],
  ])(
    "an outcome that %s fails the task, which is tried again while it has retries",
    async (_what, handle, reason) => {
      await using keeper = await startKeeper();
      let runs = 0;
      await using _worker = startTaskWorker({
        client: keeper.client,
        agent: await register(keeper.client),
        handle(...given) {
          runs += 1;
          return handle(...given);
        },
        onError: () => undefined,
      });
      const { id } = await keeper.client.createTask({ type: "work", maxRetries: 1 });
      await waitUntil(async () => (await keeper.client.getTask(id)).status === "DEAD");
      const { retryCount, failureReason } = await keeper.client.getTask(id);
      expect([runs, retryCount, failureReason.slice(0, reason.length)]).toEqual([2, 1, reason]);
    },
  );

  it("an answer that the daemon refuses is reported, and the claim is not kept alive for it", async () => {
    const clock = createFakeClock();
    let renewals = 0;
    await using keeper = await startKeeper({
      client: {
        clock,
        hooks: {
          onCallStart({ operation }) {
            renewals += operation === "renewLease" ? 1 : 0;
          },
        },
      },
    });
    const agent = await register(keeper.client);
    const problems: unknown[] = [];
    await using worker = startTaskWorker({
      client: keeper.client,
      agent,
      handle: async () => new Uint8Array(1_048_577),
      onError: (error) => problems.push(error),
    });
    await keeper.client.createTask({ type: "work" });
    await waitUntil(() => problems.length === 1);
    expect(problems).toMatchObject([{ code: "field_too_long" }]);
    await waitUntil(() => worker.running === 0);
    await clock.advance(120_000);
    expect(renewals).toBe(0);
  });

  it("goes on when its daemon was away", async () => {
    await using server = await startLocalAgentKeeper();
    await using proxy = await startFaultProxy({ port: server.port });
    await using client = new AgentKeeperClient({ host: proxy.host, port: proxy.port });
    await using direct = new AgentKeeperClient({ host: server.host, port: server.port });
    const agent = await register(client);
    const done: string[] = [];
    await using _worker = startTaskWorker({
      client,
      agent,
      async handle({ type }) {
        done.push(type);
        return undefined;
      },
    });
    await direct.createTask({ type: "before" });
    await waitUntil(() => done.length === 1);
    await proxy.refuse();
    proxy.cutAll();
    await proxy.accept();
    await direct.createTask({ type: "after" });
    await waitUntil(() => done.length === 2, { withinMs: 10_000 });
    expect(done).toEqual(["before", "after"]);
  });
});

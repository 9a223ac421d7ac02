// What goes in through the client comes out of the daemon as it was, for every method of the product page.
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { startKeeper } from "./fixture.ts";

describe("client and daemon", () => {
  it("AK-R1 AK-R2 AK-R3 a registered agent is found with its whole card", async () => {
    await using keeper = await startKeeper();
    const card = {
      name: "analyst-1",
      description: "Reads data and produces summaries",
      version: "2.1.0",
      tools: ["sql_runner", "pdf_reader", "sql_runner"],
      metadata: { team: "data", region: "us-east" },
      capabilities: [{ name: "ocr", description: "reads scans" }],
    };
    await using handle = await keeper.client.register({ ...card, ttlSeconds: 600 });
    expect(handle.agentId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const info = await keeper.client.getAgent(handle.agentId);
    expect(info).toMatchObject({ agentId: handle.agentId, card, status: "ALIVE" });
    expect(info.registeredAt).toEqual(info.lastHeartbeatAt);
    expect(await keeper.client.find({ query: "summaries", tools: ["pdf_reader"] })).toEqual([info]);
  });

  it("AK-L2 AK-L7 AK-L11 a lease is taken, renewed and released", async () => {
    await using keeper = await startKeeper();
    const [a, b] = [await keeper.agent(), await keeper.agent()];
    const lease = await keeper.client.acquireLease("task:invoice-42", a, { ttlSeconds: 120 });
    expect(lease?.lease).toMatchObject({ taskId: "task:invoice-42", holderAgentId: a });
    expect(typeof lease?.lease.token).toBe("bigint");
    expect(await keeper.client.acquireLease("task:invoice-42", b)).toBeNull();
    const before = lease?.lease.expiresAt.getTime() ?? 0;
    const renewed = await lease?.renew({ ttlSeconds: 600 });
    expect(renewed?.expiresAt.getTime()).toBeGreaterThan(before);
    await lease?.release();
    expect(await keeper.client.acquireLease("task:invoice-42", b)).not.toBeNull();
  });

  it("AK-E1 AK-E4 AK-E5 a group changes its leader", async () => {
    await using keeper = await startKeeper();
    const [a, b] = [await keeper.agent(), await keeper.agent()];
    expect(await keeper.client.campaign("group", a)).toMatchObject({ leaderAgentId: a, term: 1n });
    expect(await keeper.client.campaign("group", b)).toMatchObject({ leaderAgentId: a, term: 1n });
    await keeper.client.resign("group", a);
    const state = await keeper.client.campaign("group", b);
    expect(state).toMatchObject({ group: "group", leaderAgentId: b, term: 2n });
    expect(state.electedAt).toBeInstanceOf(Date);
    await keeper.client.resign("group", b);
    const watch = keeper.client.watchElection("group");
    for await (const latest of watch) {
      expect(latest).toEqual({ group: "group", leaderAgentId: "", term: 3n, electedAt: null });
      break;
    }
  });

  it("AK-P4 AK-P5 AK-P6 AK-P7 AK-P8 AK-P9 policies decide, are listed and deleted", async () => {
    await using keeper = await startKeeper();
    const { client } = keeper;
    const allow = {
      id: "allow-orch-all",
      subject: "agent:*",
      action: "call",
      resource: "tool:*",
      effect: "ALLOW",
    } as const;
    const deny = { ...allow, id: "deny-scraper-write", subject: "agent:scraper", effect: "DENY" } as const;
    expect(await client.setPolicy(allow)).toEqual(allow);
    expect(await client.setPolicy(deny)).toEqual(deny);
    const check = { subject: "agent:scraper", action: "call", resource: "tool:write_file" };
    expect(await client.checkPolicy(check)).toEqual({
      allowed: false,
      reason: 'denied by policy "deny-scraper-write"',
    });
    expect(await client.listPolicies()).toEqual([allow, deny]);
    expect(await client.listPolicies({ subjectPrefix: "agent:scraper" })).toEqual([deny]);
    await client.deletePolicy("deny-scraper-write");
    expect(await client.checkPolicy(check)).toEqual({
      allowed: true,
      reason: 'allowed by policy "allow-orch-all"',
    });
    await client.deletePolicy("allow-orch-all");
    expect(await client.checkPolicy(check)).toEqual({ allowed: false, reason: "no matching policy" });
    await expect(client.deletePolicy("allow-orch-all")).rejects.toMatchObject({ code: "policy_not_found" });
  });

  it("AK-K1 AK-K3 AK-K8 AK-K11 AK-K12 AK-K13 a task is created, claimed, failed, retried and completed", async () => {
    await using keeper = await startKeeper();
    const { client } = keeper;
    const worker = await keeper.agent("worker", ["browser"]);
    const created = await client.createTask({
      type: "parse",
      input: "päge",
      requiredTools: ["browser"],
      maxRetries: 1,
    });
    expect(created).toMatchObject({ type: "parse", status: "PENDING", retryCount: 0, claimedAt: null });
    expect(new TextDecoder().decode(created.input)).toBe("päge");
    expect(await client.claimTask(worker)).toMatchObject({
      id: created.id,
      status: "CLAIMED",
      claimedByAgentId: worker,
      claimedAt: expect.any(Date),
    });
    await client.failTask(created.id, worker, { reason: "boom" });
    expect(await client.getTask(created.id)).toMatchObject({
      status: "PENDING",
      retryCount: 1,
      failureReason: "boom",
      claimedByAgentId: "",
    });
    await client.claimTask(worker);
    await client.completeTask(created.id, worker, { output: new Uint8Array([1, 2]) });
    await client.completeTask(created.id, worker, { output: new Uint8Array([1, 2]) });
    await expect(client.completeTask(created.id, worker)).rejects.toMatchObject({ code: "task_not_claimed" });
    const [listed] = await client.listTasks({ status: "COMPLETED" });
    expect(listed).toMatchObject({
      id: created.id,
      output: new Uint8Array([1, 2]),
      completedAt: expect.any(Date),
    });
    expect(await client.listTasks({ status: "PENDING" })).toEqual([]);
    expect(await client.listTasks({ status: "FAILED" })).toEqual([]);
  });

  it("AK-K3 a claim waits for a task, and its deadline ends the wait", async () => {
    await using keeper = await startKeeper();
    const worker = await keeper.agent();
    await expect(keeper.client.claimTask(worker, { timeoutMs: 30 })).rejects.toMatchObject({
      code: "deadline_exceeded",
    });
    const claiming = keeper.client.claimTask(worker);
    const task = await keeper.client.createTask({ type: "later" });
    expect((await claiming).id).toBe(task.id);
  });

  it("AK-K9 a claimer that goes away takes no task with it", async () => {
    await using keeper = await startKeeper();
    const worker = await keeper.agent();
    const controller = new AbortController();
    const abandoned = keeper.client.claimTask(worker, { signal: controller.signal });
    const other = keeper.connect();
    const vanished = other.claimTask(worker);
    await Promise.all([keeper.client.find(), other.find()]);
    controller.abort();
    await expect(abandoned).rejects.toMatchObject({ code: "cancelled" });
    await Promise.all([expect(vanished).rejects.toMatchObject({ service: "agentkeeper" }), other.close()]);
    // The two connections are not ordered: wait until the daemon has seen both of them go.
    const metrics = new URL("/metrics", keeper.server.dashboardUrl);
    const gone =
      'agentkeeper_rpc_errors_total{method="/agentkeeper.ext.v1.TaskExtService/ClaimTask",code="CANCELLED"} 2';
    await waitUntil(async () => (await (await fetch(metrics)).text()).includes(gone), {
      what: "the end of both claims",
    });
    const task = await keeper.client.createTask({ type: "page" });
    expect((await keeper.client.claimTask(worker)).id).toBe(task.id);
  });

  it("AK-K20 AK-ERR-RESULT_TOO_LARGE a list that no client could receive is refused", async () => {
    await using keeper = await startKeeper();
    for (let count = 0; count < 4; count += 1) {
      await keeper.client.createTask({ type: "big", input: new Uint8Array(1_000_000) });
    }
    await expect(keeper.client.listTasks()).rejects.toMatchObject({
      code: "result_too_large",
      grpcCode: "RESOURCE_EXHAUSTED",
      details: { limit: "4000000" },
    });
    expect(await keeper.client.listTasks({ status: "COMPLETED" })).toEqual([]);
  });
});

// Our own wire: elections and policies as they are, and lists that come in pages.
import { describe, expect, it } from "vitest";
import { PolicyEffect } from "../../src/gen/agentkeeper/v1/agentkeeper_pb.ts";
import { startKeeper } from "../fixture.ts";
import { failureOf, type RawKeeper, startRawKeeper } from "./raw.ts";

async function setPolicy(keeper: RawKeeper, id: string, effect: PolicyEffect, subject = "s"): Promise<void> {
  const policy = { id, subject, action: "a", resource: "r", effect };
  await keeper.connection.entitlements.setPolicy({ policy });
}

describe("reads of the additive wire", () => {
  it("AK-EXT-GetElection AK-ERR-ELECTION_NOT_FOUND shows who leads and who stands by, and enters nobody", async () => {
    await using keeper = await startRawKeeper();
    const { elections } = keeper.connection;
    const get = async (group: string) => (await keeper.ext.elections.getElection({ group })).election;
    expect(await failureOf(get("group"))).toMatchObject({
      code: "election_not_found",
      grpcCode: "NOT_FOUND",
      details: { group: "group" },
    });
    expect(await failureOf(get(""))).toMatchObject({ code: "field_empty" });
    const [a, b, c] = [await keeper.agent(), await keeper.agent(), await keeper.agent()];
    for (const agentId of [a, b, c]) {
      await elections.campaign({ group: "group", agentId });
    }
    const led = await get("group");
    expect(led).toMatchObject({
      state: { group: "group", leaderAgentId: a, term: 1n },
      candidateAgentIds: [b, c],
      sequence: 4n,
    });
    expect(await get("group")).toEqual(led);
    await elections.resign({ group: "group", agentId: a });
    expect(await get("group")).toMatchObject({
      state: { leaderAgentId: b, term: 2n },
      candidateAgentIds: [c],
      sequence: 5n,
    });
    for (const agentId of [c, b]) {
      await elections.resign({ group: "group", agentId });
    }
    const leaderless = await get("group");
    expect(leaderless).toMatchObject({ state: { leaderAgentId: "", term: 3n }, candidateAgentIds: [] });
    expect(leaderless?.state?.electedAt).toBeUndefined();
  });

  it("AK-EXT-ListElections shows all groups, or those of a prefix", async () => {
    await using keeper = await startRawKeeper();
    const agentId = await keeper.agent();
    for (const group of ["a/1", "b/1", "a/2"]) {
      await keeper.connection.elections.campaign({ group, agentId });
    }
    const groups = async (groupPrefix: string) =>
      (await keeper.ext.elections.listElections({ groupPrefix })).elections.map(({ state }) => state?.group);
    expect(await groups("")).toEqual(["a/1", "b/1", "a/2"]);
    expect(await groups("a/")).toEqual(["a/1", "a/2"]);
    const first = await keeper.ext.elections.listElections({ pageSize: 2 });
    expect([first.elections.length, first.sequence]).toEqual([2, 4n]);
    const { elections, nextPageToken } = await keeper.ext.elections.listElections({
      pageToken: first.nextPageToken,
    });
    expect([elections[0]?.state?.group, nextPageToken]).toEqual(["a/2", ""]);
  });

  it("AK-EXT-GetPolicy AK-ERR-POLICY_NOT_FOUND answers one policy", async () => {
    await using keeper = await startRawKeeper();
    await setPolicy(keeper, "p", PolicyEffect.DENY);
    const { policy } = await keeper.ext.policies.getPolicy({ id: "p" });
    expect(policy).toMatchObject({ id: "p", subject: "s", effect: PolicyEffect.DENY });
    expect(await failureOf(keeper.ext.policies.getPolicy({ id: "q" }))).toMatchObject({
      code: "policy_not_found",
      grpcCode: "NOT_FOUND",
    });
  });

  it("AK-EXT-BatchCheckPolicy decides as CheckPolicy does, all from one state, and names who decided", async () => {
    await using keeper = await startRawKeeper();
    await setPolicy(keeper, "b-allow", PolicyEffect.ALLOW);
    await setPolicy(keeper, "a-allow", PolicyEffect.ALLOW);
    await setPolicy(keeper, "deny", PolicyEffect.DENY, "bad*");
    await setPolicy(keeper, "allow-bad", PolicyEffect.ALLOW, "*");
    const checks = ["s", "bad one", "other"].map((subject) => ({ subject, action: "a", resource: "r" }));
    const { results, sequence } = await keeper.ext.policies.batchCheckPolicy({ checks });
    expect(results).toMatchObject([
      { allowed: true, determiningPolicyIds: ["a-allow", "allow-bad", "b-allow"] },
      { allowed: false, determiningPolicyIds: ["deny"] },
      { allowed: true, determiningPolicyIds: ["allow-bad"] },
    ]);
    expect(sequence).toBe(4n);
    for (const [index, check] of checks.entries()) {
      const { allowed, reason } = await keeper.connection.entitlements.checkPolicy(check);
      expect(results[index]).toMatchObject({ allowed, reason });
    }
    const [nothing] = (
      await keeper.ext.policies.batchCheckPolicy({
        checks: [{ subject: "s", action: "other", resource: "r" }],
      })
    ).results;
    expect(nothing).toMatchObject({ allowed: false, reason: "no matching policy", determiningPolicyIds: [] });
    const many = (count: number) =>
      keeper.ext.policies.batchCheckPolicy({
        checks: Array.from({ length: count }, () => ({ subject: "s", action: "a", resource: "r" })),
      });
    expect((await many(1_000)).results).toHaveLength(1_000);
    expect(await failureOf(many(1_001))).toMatchObject({ code: "limit_out_of_range" });
    const empty = [{ subject: "", action: "a", resource: "r" }];
    expect(await failureOf(keeper.ext.policies.batchCheckPolicy({ checks: empty }))).toMatchObject({
      code: "field_empty",
    });
  });

  it("AK-X3 AK-ERR-PAGE_TOKEN_INVALID pages have a size and a token that only the daemon makes", async () => {
    await using keeper = await startRawKeeper();
    for (let index = 0; index < 101; index += 1) {
      await keeper.agent();
    }
    const usual = await keeper.ext.registry.listAgents({});
    expect(usual.agents).toHaveLength(100);
    const rest = await keeper.ext.registry.listAgents({ pageToken: usual.nextPageToken });
    expect([rest.agents.length, rest.nextPageToken]).toEqual([1, ""]);
    const whole = await keeper.ext.registry.listAgents({ pageSize: 1_000 });
    expect([whole.agents.length, whole.nextPageToken]).toEqual([101, ""]);
    // A token of one list is none of another.
    expect(await failureOf(keeper.ext.leases.listLeases({ pageToken: usual.nextPageToken }))).toMatchObject({
      code: "page_token_invalid",
    });
    for (const pageToken of ["nonsense", Buffer.from("agents:x").toString("base64url"), " "]) {
      for (const call of [
        keeper.ext.registry.listAgents({ pageToken }),
        keeper.ext.leases.listLeases({ pageToken }),
        keeper.ext.elections.listElections({ pageToken }),
        keeper.ext.tasks.listTasks({ pageToken }),
      ]) {
        expect(await failureOf(call), pageToken).toMatchObject({
          code: "page_token_invalid",
          grpcCode: "INVALID_ARGUMENT",
        });
      }
    }
  });

  it("AK-X3 AK-EXT-ListTasks a page ends before it is too large for a client, and none is lost", async () => {
    await using keeper = await startKeeper();
    const mib = new Uint8Array(1_048_576);
    const ids: string[] = [];
    for (let index = 0; index < 9; index += 1) {
      ids.push((await keeper.client.createTask({ type: "large", input: mib })).id);
    }
    await expect(keeper.client.listTasks()).rejects.toMatchObject({ code: "result_too_large" });
    const listed: string[] = [];
    for await (const { id, input } of keeper.client.listTaskDetails({ withData: true })) {
      expect(input.length).toBe(mib.length);
      listed.push(id);
    }
    expect(listed).toEqual(ids);
  });

  it("AK-X3 our client's lists fetch page by page, and only as far as they are read", async () => {
    let calls = 0;
    await using keeper = await startKeeper({
      client: {
        hooks: {
          onCallStart({ operation }) {
            calls += operation === "listAgents" ? 1 : 0;
          },
        },
      },
    });
    for (let index = 0; index < 250; index += 1) {
      await keeper.agent(`agent-${index}`);
    }
    const names: string[] = [];
    for await (const agent of keeper.client.listAgents()) {
      names.push(agent.card.name);
    }
    expect(names).toEqual(Array.from({ length: 250 }, (_, index) => `agent-${index}`));
    expect(calls).toBe(3);
    for await (const agent of keeper.client.listAgents()) {
      expect(agent.card.name).toBe("agent-0");
      break;
    }
    expect(calls).toBe(4);
  });
});

// Our own wire: registration that is safe to repeat, details and scores of agents, and what the daemon says of itself.
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DeathCause } from "../../src/gen/agentkeeper/ext/v1/registry_pb.ts";
import { AgentStatus } from "../../src/gen/agentkeeper/v1/agentkeeper_pb.ts";
import { failureOf, idOf, startRawKeeper } from "./raw.ts";

const card = (name: string, more = {}) => ({ name, description: "", version: "1", ...more });

describe("agents of the additive wire", () => {
  it("AK-EXT-RegisterAgent AK-X4 answers the whole agent, and a repeat of the request the same one", async () => {
    await using keeper = await startRawKeeper();
    const request = { card: card("worker", { tools: ["x"] }), ttlSeconds: 600, requestId: randomUUID() };
    const first = await keeper.ext.registry.registerAgent(request);
    expect(first.agent).toMatchObject({
      ttlSeconds: 600,
      deathCause: DeathCause.UNSPECIFIED,
      agent: { status: AgentStatus.ALIVE, card: { name: "worker", tools: ["x"] } },
    });
    expect(await keeper.ext.registry.registerAgent(request)).toEqual(first);
    const other = await keeper.ext.registry.registerAgent({ ...request, requestId: randomUUID() });
    expect(idOf(other.agent)).not.toBe(idOf(first.agent));
    const unnamed = await keeper.ext.registry.registerAgent({ ...request, requestId: "" });
    const again = await keeper.ext.registry.registerAgent({ ...request, requestId: "" });
    expect(idOf(again.agent)).not.toBe(idOf(unnamed.agent));
    const { agents } = await keeper.ext.registry.listAgents({});
    expect(agents).toHaveLength(4);
  });

  it("AK-EXT-RegisterAgent AK-X4 replace ends the live holder of the name with its own cause, once", async () => {
    await using keeper = await startRawKeeper();
    const old = await keeper.agent("orchestrator");
    const request = { card: card("orchestrator"), ttlSeconds: 600, requestId: randomUUID(), replace: true };
    const first = await keeper.ext.registry.registerAgent(request);
    expect(first.replacedAgentId).toBe(old);
    expect(await keeper.ext.registry.registerAgent(request)).toEqual(first);
    const { agents } = await keeper.ext.registry.listAgents({ statuses: [AgentStatus.DEAD] });
    expect(agents).toMatchObject([{ agent: { agentId: old }, deathCause: DeathCause.REPLACED }]);
    expect(agents[0]?.diedAt).toBeDefined();
    const nobody = await keeper.ext.registry.registerAgent({
      card: card("new name"),
      ttlSeconds: 600,
      replace: true,
    });
    expect(nobody.replacedAgentId).toBe("");
  });

  it("AK-EXT-RegisterAgent AK-ERR-NAME_TAKEN unique refuses a live name, and only that", async () => {
    await using keeper = await startRawKeeper();
    const taken = await keeper.agent("taken");
    const unique = { card: card("taken"), ttlSeconds: 600, unique: true };
    expect(await failureOf(keeper.ext.registry.registerAgent(unique))).toMatchObject({
      code: "name_taken",
      grpcCode: "ALREADY_EXISTS",
    });
    expect((await keeper.ext.registry.registerAgent({ ...unique, unique: false })).replacedAgentId).toBe("");
    const { agents } = await keeper.ext.registry.listAgents({ namePrefix: "taken" });
    for (const agent of agents) {
      await keeper.connection.registry.deregister({ agentId: idOf(agent) });
    }
    expect(idOf((await keeper.ext.registry.registerAgent(unique)).agent)).not.toBe(taken);
  });

  it("AK-EXT-ListAgents filters by status and prefix and tells causes, in the order of registration", async () => {
    await using keeper = await startRawKeeper();
    const [a, b, c] = [await keeper.agent("a-1"), await keeper.agent("b-1"), await keeper.agent("a-2")];
    await keeper.connection.registry.deregister({ agentId: a });
    const ids = async (request: Parameters<typeof keeper.ext.registry.listAgents>[0]): Promise<string[]> =>
      (await keeper.ext.registry.listAgents(request)).agents.map(idOf);
    expect(await ids({})).toEqual([a, b, c]);
    expect(await ids({ statuses: [AgentStatus.ALIVE] })).toEqual([b, c]);
    expect(await ids({ namePrefix: "a-" })).toEqual([a, c]);
    expect(await ids({ namePrefix: "a-", statuses: [AgentStatus.ALIVE, AgentStatus.UNREACHABLE] })).toEqual([
      c,
    ]);
    const { agents, sequence } = await keeper.ext.registry.listAgents({ statuses: [AgentStatus.DEAD] });
    expect(agents).toMatchObject([{ deathCause: DeathCause.DEREGISTERED }]);
    expect(sequence).toBe(4n);
    expect(await failureOf(keeper.ext.registry.listAgents({ pageSize: 1_001 }))).toMatchObject({
      code: "limit_out_of_range",
    });
  });

  it("AK-EXT-FindScored ranks as Find does, with scores, states, metadata and a least score", async () => {
    await using keeper = await startRawKeeper();
    const register = async (name: string, team: string): Promise<string> =>
      idOf(
        (
          await keeper.ext.registry.registerAgent({
            card: card(name, { tools: ["browser"], metadata: { team } }),
            ttlSeconds: 600,
          })
        ).agent,
      );
    const scraper = await register("web scraper", "data");
    const parser = await register("invoice parser", "data");
    const gone = await register("web crawler", "ops");
    await keeper.connection.registry.deregister({ agentId: gone });
    const find = async (request: Parameters<typeof keeper.ext.registry.findScored>[0]) =>
      (await keeper.ext.registry.findScored(request)).matches.map(({ agent, score }) => ({
        id: agent?.agentId,
        scored: score > 0,
      }));
    expect(await find({ query: "web" })).toEqual([
      { id: scraper, scored: true },
      { id: parser, scored: false },
    ]);
    expect(await find({ query: "web", minScore: 0.000_001 })).toEqual([{ id: scraper, scored: true }]);
    expect(await find({ query: "web", limit: 1 })).toHaveLength(1);
    expect(await find({ query: "web", tools: ["hammer"] })).toEqual([]);
    expect(await find({ query: "web", metadata: { team: "ops" } })).toEqual([]);
    expect(await find({ query: "", metadata: { team: "data" } })).toHaveLength(2);
    expect(await find({ query: "web", statuses: [AgentStatus.DEAD] })).toEqual([{ id: gone, scored: true }]);
    const { agents } = await keeper.connection.registry.find({ query: "web" });
    expect(agents.map(({ agentId }) => agentId)).toEqual([scraper, parser]);
    expect(await failureOf(keeper.ext.registry.findScored({ limit: 1_001 }))).toMatchObject({
      code: "limit_out_of_range",
    });
  });

  it("AK-EXT-GetServerInfo names the program and its store, and where the log stands", async () => {
    await using keeper = await startRawKeeper({ eventRetention: 100 });
    const before = await keeper.ext.server.getServerInfo({});
    expect(before).toMatchObject({
      name: "x-agentkeeper",
      persistent: false,
      lastSequence: 0n,
      firstRetainedSequence: 1n,
    });
    expect(before.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(before.logId).not.toBe("");
    expect(`http://${before.metricsAddress}/`).toBe(keeper.server.dashboardUrl);
    await keeper.agent();
    const after = await keeper.ext.server.getServerInfo({});
    expect(after).toMatchObject({ logId: before.logId, lastSequence: 1n });
    expect(Number(after.serverTime?.seconds)).toBeGreaterThanOrEqual(Number(before.serverTime?.seconds));

    await using other = await startRawKeeper({ metricsAddr: "off" });
    const info = await other.ext.server.getServerInfo({});
    expect(info.metricsAddress).toBe("");
    expect(info.logId).not.toBe(before.logId);
  });
});

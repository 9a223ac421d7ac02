// What the daemon answers when its store fails, and what the client makes of a daemon that is not ours.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import {
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type Message,
  toBinary,
} from "@bufbuild/protobuf";
import { createGrpcServer } from "@x/core/rpc";
import { createMemoryJournal, JournalError } from "@x/core/service";
import { describe, expect, it } from "vitest";
import { AgentKeeperClient } from "../src/index.ts";
import { services } from "../src/local/engine/services.ts";
import type { KeeperRecord } from "../src/local/rules/model/records.ts";
import { startKeeper } from "./fixture.ts";

describe("a store that fails", () => {
  it("AK-ERR-STORE_UNAVAILABLE a change that cannot be kept is refused and not seen, and reads go on", async () => {
    const memory = createMemoryJournal<KeeperRecord>();
    let full = false;
    await using keeper = await startKeeper({
      journal: {
        ...memory,
        append(epoch, entries) {
          if (full) {
            throw new JournalError("unavailable", "no space left on the device");
          }
          return memory.append(epoch, entries);
        },
      },
    });
    const agentId = await keeper.agent();
    const health = async (): Promise<number> =>
      (await fetch(new URL("/healthz", keeper.server.dashboardUrl))).status;
    expect(await health()).toBe(200);
    full = true;
    await expect(keeper.client.acquireLease("key", agentId, { maxRetries: 0 })).rejects.toMatchObject({
      code: "store_unavailable",
      grpcCode: "UNAVAILABLE",
      retryable: true,
    });
    expect(await health()).toBe(503);
    expect((await keeper.client.getAgent(agentId)).status).toBe("ALIVE");
    await expect(keeper.client.campaign("group", agentId, { maxRetries: 0 })).rejects.toMatchObject({
      code: "store_unavailable",
    });
    full = false;
    // Safe to repeat, so the client itself outlasts the second that the daemon waits before it tries again.
    const lease = await keeper.client.acquireLease("key", agentId, { maxRetries: 50 });
    expect(lease?.lease.holderAgentId).toBe(agentId);
    expect(await health()).toBe(200);
    expect((await keeper.client.campaign("group", agentId)).term).toBe(1n);
  });
});

const isUnary = (method: DescMethod): method is DescMethodUnary => method.methodKind === "unary";
const isServerStreaming = (method: DescMethod): method is DescMethodServerStreaming =>
  method.methodKind === "server_streaming";

interface CapturedCall {
  readonly path: string;
  readonly request_hex: string;
  readonly response_hex: string;
}

describe("a daemon of somebody else", () => {
  it("AK-C-10 our client sends what the official one does, and reads what a plain agentkeeper.v1 answers", async () => {
    const vectors: { readonly calls: readonly CapturedCall[] } = JSON.parse(
      readFileSync(new URL("./vectors/agentkeeper.json", import.meta.url), "utf8"),
    );
    const sent: string[] = [];
    const answerOf = (path: string): string =>
      vectors.calls.find((call) => call.path === path)?.response_hex ?? "";
    await using server = createGrpcServer({
      routes(router) {
        for (const service of services) {
          for (const method of service.methods) {
            const path = `/${service.typeName}/${method.name}`;
            const answer = (request: Message) => {
              sent.push(`${path} ${Buffer.from(toBinary(method.input, request)).toString("hex")}`);
              return fromBinary(method.output, Buffer.from(answerOf(path), "hex"));
            };
            if (isUnary(method)) {
              router.rpc(method, answer);
            } else if (isServerStreaming(method)) {
              router.rpc(method, async function* (request: Message, { signal }) {
                yield answer(request);
                await once(signal, "abort");
              });
            }
          }
        }
      },
    });
    const { host, port } = await server.listen();
    await using client = new AgentKeeperClient({ host, port });

    const agent = await client.register({
      name: "scraper-1",
      description: "Fetches pages",
      version: "1.0.0",
      tools: ["browser", "http_client"],
      metadata: { team: "data" },
      ttlSeconds: 2,
    });
    expect(agent.agentId).toBe("a-1");
    expect((await client.getAgent("a-1")).card.name).toBe("scraper-1");
    expect(await client.find()).toHaveLength(1);
    await client.find({ query: "web pages", tools: ["browser"], limit: 5 });
    const lease = await client.acquireLease("task:1", "a-1");
    expect(lease?.lease.token).toBe(34n);
    await lease?.renew();
    await lease?.renew({ ttlSeconds: 5 });
    await lease?.release();
    expect((await client.campaign("g", "a-1")).leaderAgentId).not.toBe("");
    await client.resign("g", "a-1");
    await client.setPolicy({ id: "x", subject: "s", action: "a", resource: "r", effect: "DENY" });
    await client.listPolicies();
    await client.listPolicies({ subjectPrefix: "agent:" });
    await client.checkPolicy({ subject: "s", action: "a", resource: "r" });
    await client.deletePolicy("x");
    await client.createTask({ type: "parse" });
    await client.createTask({
      type: "parse",
      input: new Uint8Array([0, 1]),
      requiredTools: ["browser"],
      maxRetries: 2,
      ttlSeconds: 5,
    });
    await client.claimTask("a-1");
    await client.completeTask("task:9", "a-1", { output: new Uint8Array([2]) });
    await client.failTask("task:9", "a-1", { reason: "boom" });
    await client.getTask("task:9");
    await client.listTasks();
    await client.listTasks({ status: "DEAD" });
    for (const watch of [client.watch(["agent.", "lease."]), client.watch([])]) {
      for await (const event of watch) {
        expect(event).toMatchObject({
          topic: "leader.changed",
          sequence: 7n,
          payload: { group: "g", term: 2n },
        });
        break;
      }
    }
    for await (const state of client.watchElection("g")) {
      expect(state).toMatchObject({ group: "g", leaderAgentId: "a-1", term: 2n });
      break;
    }
    await agent.deregister();

    const captured = new Set(vectors.calls.map((call) => `${call.path} ${call.request_hex}`));
    // Our client never sends a card without a description and version, nor without a time.
    captured.delete([...captured].find((call) => call.endsWith("/Register 0a030a01781001")) ?? "");
    captured.delete([...captured].find((call) => call.includes("/Heartbeat ")) ?? "");
    // The official client leaves the time of a renewal out; ours names it, so that it is the handle's own whatever another
    // handle of the same lease has asked for.
    const bare = "/agentkeeper.v1.LeaseService/RenewLease 0a067461736b3a311203612d311a020822";
    expect(captured.delete(bare)).toBe(true);
    captured.add(`${bare}203c`);
    expect(new Set(sent)).toEqual(captured);
  });
});

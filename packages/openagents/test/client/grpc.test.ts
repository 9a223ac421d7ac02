import { create } from "@bufbuild/protobuf";
import { createGrpcServer } from "@x/core/rpc";
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { AgentClient } from "../../src/index.ts";
import { AgentService, EventResponseSchema } from "../../src/proto.ts";
import { packData, unpackAny } from "../../src/wire/any.ts";
import { TestNetwork } from "./network.ts";

interface Received {
  readonly name: string;
  readonly target: string;
  readonly payload: unknown;
  readonly metadata: Readonly<Record<string, string>>;
  readonly visibility: string;
}

/** The gRPC side of a network: registrations that nobody loses, queues that polls empty. */
async function startGrpcNetwork() {
  const agents = new Map<string, string>();
  const queues = new Map<string, object[]>();
  const registrations: { metadata: object; capabilities: readonly string[]; force: boolean; hash: string }[] =
    [];
  const received: Received[] = [];
  let secrets = 0;
  const server = createGrpcServer({
    routes: (router) =>
      router.service(AgentService, {
        heartbeat: () => ({ success: true }),
        registerAgent({ agentId, metadata, capabilities, forceReconnect, passwordHash }) {
          registrations.push({ metadata, capabilities, force: forceReconnect, hash: passwordHash });
          if (agents.has(agentId) && !forceReconnect) {
            return { success: false, errorMessage: `Agent ${agentId} already registered with network` };
          }
          secrets += 1;
          agents.set(agentId, `secret${secrets}`);
          queues.set(agentId, queues.get(agentId) ?? []);
          return { success: true, secret: `secret${secrets}` };
        },
        unregisterAgent({ agentId }) {
          return { success: agents.delete(agentId) };
        },
        sendEvent(event) {
          const { sourceId, eventName, targetAgentId, payload, metadata, visibility } = event;
          if (agents.get(sourceId) !== event.secret) {
            return { success: false, message: "Authentication failed: Invalid or missing secret" };
          }
          if (eventName === "system.poll_messages") {
            const messages = queues.get(sourceId) ?? [];
            queues.set(sourceId, []);
            const data = packData({ type: "system_response", command: "poll_messages", messages });
            return create(EventResponseSchema, {
              success: true,
              message: "Retrieved",
              ...(data && { data }),
            });
          }
          const read = payload && unpackAny(payload);
          received.push({ name: eventName, target: targetAgentId, payload: read, metadata, visibility });
          queues.get(targetAgentId)?.push({
            event_id: event.eventId,
            event_name: eventName,
            source_id: sourceId,
            destination_id: targetAgentId,
            payload: read,
            metadata,
            timestamp: Number(event.timestamp),
            visibility,
            secret: event.secret,
          });
          return { success: true, message: `Event ${eventName} delivered to destination`, eventName };
        },
      }),
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    port,
    agents,
    queues,
    registrations,
    received,
    [Symbol.asyncDispose]: () => server.close({ graceMs: 0 }),
  };
}

const connect = { transport: "grpc", pollIntervalMs: 10 } as const;

describe("a network over gRPC", () => {
  it("OA-46 lists in metadata are written as JSON, capabilities also in their field, and a live id is taken over", async () => {
    await using network = await startGrpcNetwork();
    await using first = new AgentClient({ agentId: "a" });
    const metadata = { name: "A", capabilities: ["x", "y"], level: 5 };
    expect(
      await first.connectToServer("127.0.0.1", network.port, { ...connect, metadata, password: "admin" }),
    ).toBe(true);
    expect(network.registrations[0]).toEqual({
      metadata: { name: "A", capabilities: '["x","y"]', level: "5" },
      capabilities: ["x", "y"],
      force: true,
      hash: "8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918",
    });
    await using second = new AgentClient({ agentId: "a" });
    expect(await second.connectToServer("127.0.0.1", network.port, { ...connect, reconnect: false })).toBe(
      true,
    );
    expect(first.connector).toMatchObject({ transport: "grpc", port: network.port });
  });

  it("OA-48 events go out as Structs and come in as JSON, without secrets", async () => {
    await using network = await startGrpcNetwork();
    await using a = new AgentClient({ agentId: "a" });
    await using b = new AgentClient({ agentId: "b" });
    await a.connectToServer("127.0.0.1", network.port, connect);
    await b.connectToServer("127.0.0.1", network.port, connect);
    const waiting = b.waitEvent({ condition: ({ eventName }) => eventName === "agent.message", timeout: 10 });
    const response = await a.sendEvent({
      eventName: "agent.message",
      destinationId: "b",
      payload: { text: "héllo 🎉", n: 5, list: [null, { deep: true }] },
      metadata: { count: 3, name: "text" },
    });
    expect(response).toMatchObject({ success: true, data: null, eventName: "agent.message" });
    const event = await waiting;
    expect(event?.payload).toEqual({ text: "héllo 🎉", n: 5, list: [null, { deep: true }] });
    expect(network.received[0]?.metadata).toEqual({ count: "3", name: "text" });
    expect(JSON.stringify(event)).not.toContain("secret");
    await expect(a.sendEvent({ eventName: "ab.cd", payload: { n: 1n } })).rejects.toMatchObject({
      name: "InvalidEvent",
    });
  });

  it("OA-48 a member called payload is warned of once, for the network would put it in place of the whole", async () => {
    await using network = await startGrpcNetwork();
    const warnings: string[] = [];
    await using a = new AgentClient({ agentId: "a", onWarning: (text) => warnings.push(text) });
    await a.connectToServer("127.0.0.1", network.port, connect);
    for (let n = 0; n < 2; n += 1) {
      await a.sendEvent({ eventName: "ab.cd", payload: { payload: { text: "x" } } });
    }
    expect(warnings).toEqual([expect.stringContaining("a member called payload")]);
  });

  it("OA-44 a server that has forgotten the agent gets it again", async () => {
    await using network = await startGrpcNetwork();
    await using a = new AgentClient({ agentId: "a" });
    await a.connectToServer("127.0.0.1", network.port, connect);
    const seen: unknown[] = [];
    a.registerEventHandler(({ payload }) => void seen.push(payload.n), ["ab.cd"]);
    network.agents.clear();
    await waitUntil(() => network.registrations.length === 2);
    network.queues.get("a")?.push({ event_id: "e", event_name: "ab.cd", source_id: "b", payload: { n: 1 } });
    await waitUntil(() => seen.length === 1);
  });

  it("OA-16 a message that is too large is that", async () => {
    await using network = await startGrpcNetwork();
    await using a = new AgentClient({ agentId: "a" });
    await a.connectToServer("127.0.0.1", network.port, connect);
    const response = await a.sendEvent({ eventName: "ab.cd", payload: { x: "x".repeat(5_000_000) } });
    expect(response?.success).toBe(false);
    expect(a.lastError).toMatchObject({ name: "TooLarge" });
  });

  it("OA-45 is found through what a network says over HTTP, and taken where it is the only one", async () => {
    await using network = await startGrpcNetwork();
    const grpc = { type: "grpc", config: { host: "0.0.0.0", port: network.port } };
    await using only = await TestNetwork.start({ transports: [grpc] });
    await using a = new AgentClient({ agentId: "a" });
    expect(await a.connectToServer("127.0.0.1", only.port)).toBe(true);
    expect(a.connector).toMatchObject({ transport: "grpc", host: "127.0.0.1", port: network.port });
    const http = { type: "http", config: { host: "127.0.0.1", port: 1 } };
    await using both = await TestNetwork.start({ transports: [grpc, http] });
    await using b = new AgentClient({ agentId: "b" });
    await b.connectToServer("127.0.0.1", both.port);
    expect(b.connector).toMatchObject({ transport: "http", port: both.port });
    await b.connectToServer("127.0.0.1", both.port, { transport: "grpc" });
    expect(b.connector).toMatchObject({ transport: "grpc", port: network.port });
  });
});

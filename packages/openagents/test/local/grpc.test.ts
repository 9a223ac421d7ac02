// The network over gRPC: the recorded calls of the official one, and what both transports share.

import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { Code, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@x/core/rpc";
import { describe, expect, it } from "vitest";
import {
  AgentService,
  EventResponseSchema,
  EventSchema,
  RegisterAgentRequestSchema,
  RegisterAgentResponseSchema,
  UnregisterAgentRequestSchema,
  UnregisterAgentResponseSchema,
} from "../../src/gen/openagents/agent_service_pb.ts";
import type { LocalOpenAgentsOptions } from "../../src/local/index.ts";
import { packPayload, unpackAny } from "../../src/wire/any.ts";
import type { Body } from "../../src/wire/body.ts";
import vectors from "../vectors/openagents.json" with { type: "json" };
import { type Json, startNetwork } from "./network.ts";

type Any = ReturnType<typeof packPayload>;

/** The same one level deeper: `{ "a": ... }`. */
function wrapped({ typeUrl, value }: Any): Any {
  const field = (number: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
    new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(bytes).finish();
  const entry = Buffer.concat([field(1, Buffer.from("a")), field(2, field(5, value))]);
  return { typeUrl, value: field(1, entry) };
}

async function startBoth(options: LocalOpenAgentsOptions = {}) {
  const network = await startNetwork({ grpcAddr: "127.0.0.1:0", ...options });
  const transport = createGrpcTransport({ baseUrl: `http://${network.server.grpcAddress}` });
  const client = createClient(AgentService, transport);
  const send = async (
    sourceId: string,
    secret: string,
    eventName: string,
    targetAgentId: string,
    payload: Body = {},
  ) => {
    const response = await client.sendEvent({
      eventId: crypto.randomUUID(),
      eventName,
      sourceId,
      targetAgentId,
      secret,
      visibility: "network",
      payload: packPayload(payload),
    });
    return {
      ...response,
      data: (response.data === undefined ? undefined : unpackAny(response.data)) as Json,
    };
  };
  return {
    network,
    client,
    send,
    async poll(id: string, secret: string) {
      const { data } = await send(id, secret, "system.poll_messages", "system:system", { agent_id: id });
      return [...data.messages].filter(({ event_name }) => !event_name.startsWith("discovery."));
    },
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      await network[Symbol.asyncDispose]();
    },
  };
}

interface Call {
  readonly name: string;
  readonly method: string;
  readonly request_hex: string;
  readonly response_hex?: string;
}

/** The bodies of large calls are not recorded: OA-16 sends such. */
const calls = (vectors.grpc.calls as readonly Call[]).filter(({ name }) => !name.endsWith("MB"));
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

/** Rows of which ours differs on purpose. */
const differing: Readonly<Record<string, { readonly success: boolean; readonly message?: string }>> = {
  "register empty id": { success: false },
};

describe("gRPC", () => {
  it("OA-48 the recorded calls are answered as they were, with secrets that last", async () => {
    await using both = await startBoth({ adminPassword: "admin" });
    const here = new Map<string, string>();
    const differences: unknown[] = [];
    for (const { name, method, request_hex, response_hex = "" } of calls) {
      const bytes = bytesOf(request_hex);
      const answered = bytesOf(response_hex);
      if (method.endsWith("/RegisterAgent")) {
        const reply = await both.client.registerAgent(fromBinary(RegisterAgentRequestSchema, bytes));
        const recorded = fromBinary(RegisterAgentResponseSchema, answered);
        here.set(recorded.secret, reply.secret);
        const wanted = differing[name]?.success ?? recorded.success;
        if (
          reply.success !== wanted ||
          (!(name in differing) && reply.errorMessage !== recorded.errorMessage)
        ) {
          differences.push({ name, reply });
        }
      } else if (method.endsWith("/UnregisterAgent")) {
        const request = fromBinary(UnregisterAgentRequestSchema, bytes);
        request.secret = here.get(request.secret) ?? request.secret;
        const reply = await both.client.unregisterAgent(request);
        const recorded = fromBinary(UnregisterAgentResponseSchema, answered);
        if (reply.success !== recorded.success || reply.errorMessage !== recorded.errorMessage) {
          differences.push({ name, reply });
        }
      } else if (method.endsWith("/SendEvent") && response_hex !== "" && request_hex !== "") {
        const request = fromBinary(EventSchema, bytes);
        request.secret = here.get(request.secret) ?? request.secret;
        const reply = await both.client.sendEvent(request);
        const recorded = fromBinary(EventResponseSchema, answered);
        const words = (text: string): string =>
          text
            .split("\n")
            .slice(0, 2)
            .join(" ")
            .replace(/Retrieved \d+/, "Retrieved N");
        if (reply.success !== recorded.success || words(reply.message) !== words(recorded.message)) {
          differences.push({ name, reply: reply.message, recorded: recorded.message });
        }
        expect(Buffer.from(toBinary(EventResponseSchema, reply)).toString()).not.toMatch(/"secret":\s*"/);
      }
    }
    expect(differences).toEqual([]);
  });

  it("OA-48 doubles stay doubles, a live id is refused without force, and what is new answers", async () => {
    await using both = await startBoth({ clock: "virtual" });
    const { client, network } = both;
    const g1 = await client.registerAgent({ agentId: "g1", metadata: { capabilities: '["a"]' } });
    expect(await client.registerAgent({ agentId: "g1" })).toMatchObject({
      success: false,
      errorMessage: "Agent g1 already registered with network",
    });
    const forced = await client.registerAgent({ agentId: "g1", forceReconnect: true });
    expect(forced.secret).not.toBe(g1.secret);
    await network.server.advance(10_000);
    const { secret } = await client.registerAgent({ agentId: "g1", capabilities: ["x", "y"] });
    expect(secret).not.toBe("");
    await both.send("g1", secret, "agent.message", "g1", { n: 5, big: 2 ** 53 });
    expect((await both.poll("g1", secret))[0]?.payload).toEqual({ n: 5, big: 2 ** 53 });
    expect(await client.heartbeat({ agentId: "ghost" })).toMatchObject({ success: true });
    expect(
      (await client.discoverAgents({ requiredCapabilities: ["y"] })).agents.map(({ agentId }) => agentId),
    ).toEqual(["g1"]);
    expect(await client.getAgentInfo({ agentId: "nobody" })).toMatchObject({ found: false });
    expect(await client.getNetworkInfo({})).toMatchObject({
      agentCount: 1,
      isRunning: true,
      networkId: "local",
    });
    const streaming = client
      .streamEvents((async function* () {})())
      [Symbol.asyncIterator]()
      .next();
    await expect(streaming).rejects.toMatchObject({ code: Code.Unimplemented });
  });

  it("OA-48 numbers are passed on as the doubles that they are", async () => {
    await using both = await startBoth();
    const { network, client } = both;
    const [a, { secret }] = [await network.agent("a"), await client.registerAgent({ agentId: "g" })];
    await a.all();
    await both.send("g", secret, "agent.message", "a", {
      n: 5,
      zero: -0,
      half: 1.5,
      huge: 1e22,
      list: [2 ** 53],
    });
    const { text } = await network.call("GET", `/api/poll?agent_id=a&secret=${a.secret}`);
    expect(text).toContain(
      '"payload":{"n":5.0,"zero":-0.0,"half":1.5,"huge":1e+22,"list":[9007199254740992.0]}',
    );
  });

  it("OA-48 a payload that cannot be read, or is too deep or too wide, is refused and not emptied", async () => {
    await using both = await startBoth();
    const { network, client } = both;
    const [a, { secret }] = [await network.agent("a"), await client.registerAgent({ agentId: "g" })];
    await a.all();
    let inner: Any = packPayload({ a: 1 });
    for (let level = 0; level < 70; level += 1) {
      inner = wrapped(inner);
    }
    const wide = packPayload(Object.fromEntries(Array.from({ length: 100_001 }, (_, n) => [`k${n}`, 0])));
    const broken = { typeUrl: inner.typeUrl, value: new Uint8Array([255, 255, 255]) };
    for (const payload of [inner, wide, broken]) {
      const event = { eventName: "agent.message", sourceId: "g", targetAgentId: "a", secret, payload };
      expect(await client.sendEvent(event)).toMatchObject({ success: false });
    }
    const metadata = Object.fromEntries(Array.from({ length: 100_001 }, (_, n) => [`k${n}`, ""]));
    expect(await client.registerAgent({ agentId: "w", metadata })).toMatchObject({ success: false });
    expect(await a.poll()).toEqual([]);
  });

  it("OA-49 agents of both transports exchange posts and direct messages", async () => {
    await using both = await startBoth();
    const { network, client } = both;
    const a = await network.agent("a");
    const { secret } = await client.registerAgent({ agentId: "g" });
    await a.post("general", "from http");
    await a.send("thread.direct_message.send", "g", { target_agent_id: "g", content: { text: "psst" } });
    expect((await both.poll("g", secret)).map(({ payload }) => payload.content.text)).toEqual([
      "from http",
      "psst",
    ]);
    const posted = await both.send("g", secret, "thread.channel_message.post", "channel:general", {
      channel: "general",
      content: { text: "from grpc" },
    });
    expect(posted).toMatchObject({ success: true, eventName: "thread.channel_message.post" });
    await both.send("g", secret, "thread.channel_messages.retrieve", "", { channel: "general", limit: 10 });
    expect((await a.poll()).map(({ payload }) => payload.content.text)).toEqual(["from grpc"]);
  });
});

// The topic of an event names its payload, for the compiler as for the reader.
import { create, type Message, toBinary } from "@bufbuild/protobuf";
import { describe, expect, expectTypeOf, it } from "vitest";
import { decodeEvent } from "../src/client/decode/decode.ts";
import {
  AgentInfoSchema,
  type Event,
  EventSchema,
  LeaseSchema,
} from "../src/gen/agentkeeper/v1/agentkeeper_pb.ts";
import type {
  AgentInfo,
  ElectionState,
  EventPayload,
  Lease,
  NewerEvent,
  Policy,
  Task,
  WatchEvent,
} from "../src/index.ts";

/** What a user would write. */
function describeEvent(event: WatchEvent): string {
  if (event.topic === "agent.died") {
    expectTypeOf(event.payload).toEqualTypeOf<AgentInfo>();
    return event.payload.card.name;
  }
  // @ts-expect-error there is no such topic
  if (event.topic === "agent.dyed") {
    return "";
  }
  switch (event.topic) {
    case "agent.registered":
    case "agent.unreachable":
    case "agent.recovered":
      expectTypeOf(event.payload).toEqualTypeOf<AgentInfo>();
      return event.payload.card.name;
    case "lease.acquired":
    case "lease.renewed":
    case "lease.expired":
    case "lease.released":
      expectTypeOf(event.payload).toEqualTypeOf<Lease>();
      return event.payload.taskId;
    case "leader.changed":
      expectTypeOf(event.payload).toEqualTypeOf<ElectionState>();
      return event.payload.group;
    case "task.created":
    case "task.claimed":
    case "task.completed":
    case "task.requeued":
    case "task.dead":
      expectTypeOf(event.payload).toEqualTypeOf<Task>();
      return event.payload.id;
    case "policy.set":
    case "policy.deleted":
      expectTypeOf(event.payload).toEqualTypeOf<Policy>();
      return event.payload.id;
    // @ts-expect-error there is no such topic either
    case "lease.lost":
      return "";
    default:
      expectTypeOf(event).toEqualTypeOf<NewerEvent>();
      expectTypeOf(event.payload).toEqualTypeOf<EventPayload | null>();
      return event.newerTopic === "agent.paused" ? "paused" : event.newerTopic;
  }
}

const eventOf = (
  topic: string,
  payload?: { readonly typeName: string; readonly value: Uint8Array },
): Event & Message =>
  create(EventSchema, {
    topic,
    sequenceNumber: 7n,
    ...(payload === undefined
      ? {}
      : { payload: { typeUrl: `type.googleapis.com/${payload.typeName}`, value: payload.value } }),
  });

const agent = {
  typeName: AgentInfoSchema.typeName,
  value: toBinary(AgentInfoSchema, create(AgentInfoSchema, { card: { name: "a" } })),
};
const lease = { typeName: LeaseSchema.typeName, value: toBinary(LeaseSchema, create(LeaseSchema)) };

describe("an event", () => {
  it("AK-V2 of a known topic carries what the topic says", () => {
    expect(describeEvent(decodeEvent(eventOf("agent.died", agent)))).toBe("a");
  });

  it.each([
    ["nothing", undefined],
    ["another type", lease],
    ["a type of a newer daemon", { typeName: "agentkeeper.v2.AgentInfo", value: agent.value }],
    ["bytes that are none of it", { typeName: agent.typeName, value: Uint8Array.of(0xff) }],
  ])("AK-V2 of a known topic with %s is a fault of the daemon", (_what, payload) => {
    expect(() => decodeEvent(eventOf("agent.died", payload))).toThrow(
      expect.objectContaining({ code: "internal", message: expect.stringContaining("agent.died") }),
    );
  });

  it.each([
    ["agent.paused", agent, "paused"],
    ["agent.paused", undefined, "paused"],
    ["quota.used", { typeName: "agentkeeper.v2.Quota", value: Uint8Array.of(1) }, "quota.used"],
    ["toString", undefined, "toString"],
  ])("AK-V3 of the newer topic %s passes", (topic, payload, text) => {
    const event = decodeEvent(eventOf(topic, payload));
    expect([describeEvent(event), event.payload === null]).toEqual([text, payload !== agent]);
  });
});

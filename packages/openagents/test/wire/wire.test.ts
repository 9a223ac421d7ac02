import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AnySchema, anyPack, StructSchema } from "@bufbuild/protobuf/wkt";
import { fromHex } from "@x/core";
import { describe, expect, it } from "vitest";
import { EventResponseSchema, EventSchema } from "../../src/proto.ts";
import { packData, packPayload, unpackAny } from "../../src/wire/any.ts";
import { type Body, bodiesOf, bodyOf } from "../../src/wire/body.ts";
import { readDestination } from "../../src/wire/destinations.ts";
import { eventFields, readWireEvent, wireEvent } from "../../src/wire/event.ts";
import { brokenEventNameRule, eventNameProblem } from "../../src/wire/event-names.ts";
import { eventOfOnm, onmTarget, readOnmEvent } from "../../src/wire/onm.ts";
import { matchesPattern } from "../../src/wire/patterns.ts";
import { reactionOf, reactionTypes } from "../../src/wire/reactions.ts";
import { stripSecrets } from "../../src/wire/secrets.ts";
import { exchange, vectors } from "./vector-file.ts";

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

describe("OA-11 names of events", () => {
  // Upstream lets one trailing newline through, and looks for the dot only after the characters of what is as short as these.
  it.each(vectors.event_names.filter(({ name }) => name !== "ab.cd\n"))("OA-11 $name: $valid", (row) => {
    const rule = brokenEventNameRule(row.name);
    expect(rule ?? null).toBe(["ab", "*"].includes(row.name) ? "no dot" : row.rule);
    expect(rule === undefined).toBe(row.valid);
  });

  it("OA-11 refuses a trailing newline, and says which rule is broken", () => {
    expect(brokenEventNameRule("ab.cd\n")).toBe("characters");
    expect(eventNameProblem("foo.b")).toContain("event_name 'foo.b' has a part of one character");
    expect(eventNameProblem("custom.task.completed")).toBeUndefined();
  });
});

/** Who gets an event for a destination, in the network of the vectors. */
function deliveredTo(destination: string): unknown {
  const read = readDestination(destination);
  const agents = ["a", "b", "c", "adm", "w1", "nm2", "x2", "x3"];
  switch (read.kind) {
    case "nobody":
    case "invalid":
      return [];
    case "everyone":
      return "all but sender";
    case "agent":
      return agents.filter((id) => id === read.id);
    case "channel":
      return ["general", "dev"].includes(read.name) ? "members but sender" : [];
    case "group":
      return read.name === "workers" ? ["w1"] : [];
    case "mod":
      return `error: Target mod ${read.name} not found`;
    default:
      return read satisfies never;
  }
}

describe("OA-10 destinations", () => {
  it.each(vectors.destinations)("OA-10 '$destination' reaches $delivered_to", (row) => {
    expect(deliveredTo(row.destination)).toEqual(row.delivered_to);
    expect(readDestination(row.destination).kind === "invalid").toBe(row.status === 500);
  });

  it("OA-10 an id may hold a colon", () => {
    expect(readDestination("agent:a:b")).toEqual({ kind: "agent", id: "a:b" });
  });
});

describe("OA-36 patterns", () => {
  it.each(vectors.patterns.rows)("OA-36 '%s' and %s: %s", (pattern, name, matches) => {
    expect(matchesPattern(pattern, name)).toBe(matches);
  });
});

describe("OA-7 events", () => {
  it("OA-7 have the fields of the wire, in its order", () => {
    const event = wireEvent({ event_name: "ab.cd", source_id: "a", event_id: "1", timestamp: 5 });
    expect(Object.keys(event)).toEqual(vectors.event_fields);
    expect(eventFields).toEqual(vectors.event_fields);
  });

  it("OA-7 a polled one reads as it was written, without its secret", () => {
    const [written] = bodiesOf(bodyOf(exchange("http", "poll after direct").response.body).messages);
    expect(readWireEvent(written, 0)).toEqual({ ...written, secret: null });
  });

  it("OA-7 reads the other names of fields, and takes a fraction off a timestamp", () => {
    const read = readWireEvent(
      {
        event_name: "ab.cd",
        message_id: "1",
        sender_id: "a",
        content: { text: "x" },
        target_id: "b",
        timestamp: 7.9,
      },
      0,
    );
    expect(read).toMatchObject({
      event_id: "1",
      source_id: "a",
      payload: { text: "x" },
      destination_id: "b",
      timestamp: 7,
    });
    expect(readWireEvent({ event_name: "Bad", event_id: "1" }, 0)).toBeUndefined();
    expect(readWireEvent([], 0)).toBeUndefined();
  });
});

describe("OA-8 secrets", () => {
  it("OA-8 no captured poll keeps one, however deep it lies", () => {
    for (const { response } of vectors.http) {
      const text = JSON.stringify(stripSecrets(structuredClone(bodyOf(response.body).messages ?? [])));
      expect(text).not.toContain('"secret"');
    }
    const deep = { payload: { thread: [{ secret: "x", replies: [{ secret: "y", text: "z" }] }] } };
    expect(stripSecrets(deep)).toEqual({ payload: { thread: [{ replies: [{ text: "z" }] }] } });
  });

  it("OA-8 removes the sessions of a workspace's events, and nothing else called so", () => {
    expect(stripSecrets({ metadata: { session_id: "s", k: 1 }, payload: { session_id: "mine" } })).toEqual({
      metadata: { k: 1 },
      payload: { session_id: "mine" },
    });
  });

  it("OA-8 is not stopped by depth", () => {
    let deep: Body = { secret: "x" };
    for (let level = 0; level < 50_000; level += 1) {
      deep = { deep };
    }
    let bottom = stripSecrets(deep);
    while (bottom.deep !== undefined) {
      bottom = bodyOf(bottom.deep);
    }
    expect(bottom).toEqual({});
  });
});

describe("OA-48 payloads over gRPC", () => {
  const grpc = (name: string): { request: Uint8Array; response: Uint8Array } => {
    const call = vectors.grpc.calls.find((entry) => entry.name === name);
    return { request: bytes(call?.request_hex ?? ""), response: bytes(call?.response_hex ?? "") };
  };

  it.each(["direct event g1->g2", "channel post", "dm", "file upload", "payload key kept", "subscribe"])(
    "OA-48 the request '%s' reads as the official codec reads it, and is written so that it does",
    (name) => {
      const { payload } = fromBinary(EventSchema, grpc(name).request);
      if (payload === undefined) {
        throw new Error("the vector has no payload");
      }
      const read = unpackAny(payload);
      expect(read).not.toEqual({});
      const official = anyPack(StructSchema, fromBinary(StructSchema, payload.value));
      expect(official.typeUrl).toBe(packPayload(read ?? {}).typeUrl);
      const ours = fromBinary(StructSchema, packPayload(read ?? {}).value);
      expect(ours).toEqual(fromBinary(StructSchema, payload.value));
    },
  );

  it.each(["poll g2 after post", "list agents", "unsubscribe", "subscribe"])(
    "OA-48 the data of '%s' is JSON",
    (name) => {
      const { data } = fromBinary(EventResponseSchema, grpc(name).response);
      const read = data && unpackAny(data);
      expect(read).toMatchObject({ type: "system_response" });
      const packed = packData(read);
      expect(packed?.typeUrl).toBe(data?.typeUrl);
      expect(packed && JSON.parse(new TextDecoder().decode(packed.value))).toEqual(read);
    },
  );

  it("OA-48 says every kind of value, and keeps names that objects have by themselves", () => {
    const payload: Body = JSON.parse(
      '{"__proto__":{"a":1},"constructor":"c","n":null,"f":1.5,"i":5,"t":true,"l":[1,[{}],"é🎉"],"o":{"":""}}',
    );
    const read = unpackAny(packPayload(payload));
    expect(JSON.stringify(read)).toBe(JSON.stringify(payload));
    const official = fromBinary(StructSchema, packPayload(payload).value);
    expect(toBinary(AnySchema, create(AnySchema, packPayload(payload))).length).toBeGreaterThan(0);
    expect(official.fields.f?.kind).toEqual({ case: "numberValue", value: 1.5 });
  });

  it("OA-48 leaves out what JSON leaves out, and refuses what neither can say", () => {
    const sent = { a: undefined, b: () => 1, c: Number.NaN, d: new Date(0), e: [undefined] };
    expect(unpackAny(packPayload(sent))).toEqual(JSON.parse(JSON.stringify(sent)));
    expect(() => packPayload({ n: 1n })).toThrow(TypeError);
    const round: Record<string, unknown> = {};
    round.self = round;
    expect(() => packPayload(round)).toThrow(RangeError);
  });

  it("OA-48 answers nothing for bytes that are no payload", () => {
    const broken = packPayload({ a: { b: "text" } });
    for (let length = 1; length < broken.value.length; length += 1) {
      const read = unpackAny({ ...broken, value: broken.value.slice(0, length) });
      expect(read === undefined || typeof read === "object").toBe(true);
    }
    expect(unpackAny({ typeUrl: "x", value: new Uint8Array([1, 2]) })).toBeUndefined();
    expect(packData({})).toBeUndefined();
    expect(packData(null)).toBeUndefined();
  });
});

describe("OA-31 reactions", () => {
  it("OA-31 are those that a network lists, and the usual emoji", () => {
    const listed = bodyOf(exchange("http", "reaction bad type").response.body).message;
    expect(listed).toContain(reactionTypes.join(", "));
    expect(
      ["👍", "👍🏽", "❤️", "❤", "🎉", "👀", "✅", "🔥", "😄", "👏", "+1", "bogus"].map(reactionOf),
    ).toEqual([
      "thumbs_up",
      "thumbs_up",
      "heart",
      "heart",
      "party",
      "eyes",
      "check",
      "fire",
      "laugh",
      "clap",
      "+1",
      undefined,
    ]);
  });
});

describe("OA-65 workspaces in the words of a network", () => {
  const posted = (more: object): ReturnType<typeof readOnmEvent> =>
    readOnmEvent({
      id: "e1",
      type: "workspace.message.posted",
      source: "openagents:ann",
      target: "channel/general",
      payload: { content: "hi", message_type: "chat" },
      metadata: {},
      timestamp: 1_795_223_527_999,
      ...more,
    });
  const told = (more: object, self = "bob") => {
    const event = posted(more);
    return event && eventOfOnm(event, self);
  };

  it("OA-65 a message to a channel is the notification of a post", () => {
    expect(told({})).toMatchObject({
      event_name: "thread.channel_message.notification",
      event_id: "e1",
      source_id: "ann",
      timestamp: 1_795_223_527,
      payload: {
        channel: "general",
        content: { text: "hi" },
        sender_id: "ann",
        message_id: "e1",
        original_event_id: "e1",
      },
    });
  });

  it("OA-65 one with reply_to_id is a reply, one to us a direct message, one of a human keeps its prefix", () => {
    expect(told({ payload: { content: "yes", reply_to_id: "e0" } })).toMatchObject({
      event_name: "thread.reply.notification",
      payload: { reply_to_id: "e0", original_message_id: "e0", reply_event_id: "e1" },
    });
    expect(told({ target: "openagents:bob", source: "human:eve" })).toMatchObject({
      event_name: "thread.direct_message.notification",
      source_id: "human:eve",
      payload: { sender_id: "human:eve", target_agent_id: "bob" },
    });
  });

  it("OA-65 own messages, those between others and those about work are not told", () => {
    expect(told({}, "ann")).toBeUndefined();
    expect(told({ target: "openagents:carl" })).toBeUndefined();
    expect(told({ payload: { content: "hm", message_type: "thinking" } })).toBeUndefined();
    expect(told({ target: "openagents:ann" }, "ann")).toBeDefined();
    expect(told({ type: "network.agent.join", target: "core" }, "ann")).toBeDefined();
  });

  it("OA-65 other types keep their names where these are valid", () => {
    const custom = { type: "custom.task.completed", payload: { a: 1 } };
    expect(told(custom)).toMatchObject({
      event_name: "custom.task.completed",
      destination_id: "channel:general",
      payload: { a: 1 },
    });
    expect(told({ ...custom, type: "Weird Type!" })).toMatchObject({
      event_name: "onm.event.received",
      payload: { a: 1, type: "Weird Type!" },
    });
  });

  it("OA-65 a file says who has uploaded it", () => {
    const uploaded = { type: "workspace.file.uploaded", payload: { file_id: "f", uploader: "forged" } };
    expect(told(uploaded)?.payload).toEqual({ file_id: "f", uploader: "ann" });
  });

  it.each([
    ["channel:x", "channel/x", undefined],
    ["channel:#x", "channel/x", undefined],
    ["channel/x", "channel/x", undefined],
    ["bob", "openagents:bob", "direct"],
    ["agent:bob", "openagents:bob", "direct"],
    ["openagents:bob", "openagents:bob", "direct"],
    ["human:ann", "human:ann", "direct"],
    ["broadcast", "agent:broadcast", undefined],
    ["all", "agent:broadcast", undefined],
    [null, "core", undefined],
    ["mod:x", "core", undefined],
    ["core", "core", undefined],
  ])("OA-65 %s is %s", (destination, target, visibility) => {
    expect(onmTarget(destination)).toEqual(visibility === undefined ? { target } : { target, visibility });
  });

  it("OA-65 a workspace has no groups", () => {
    expect(onmTarget("group:workers")).toBeUndefined();
    expect(onmTarget("channel")).toBeUndefined();
  });
});

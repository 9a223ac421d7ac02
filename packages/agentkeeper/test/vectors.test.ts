// The published examples, byte for byte: what the official Python client sends, and the tables of the rules.
import { readFileSync } from "node:fs";
import {
  createRegistry,
  type DescMessage,
  type DescMethod,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { file_agentkeeper_v1_agentkeeper as file } from "../src/gen/agentkeeper/v1/agentkeeper_pb.ts";
import { compilePattern } from "../src/local/rules/policies/wildcard.ts";
import { type RankedCard, rank } from "../src/local/rules/ranking/index.ts";
import { stem } from "../src/local/rules/ranking/stem.ts";
import { tokenize } from "../src/local/rules/ranking/tokens.ts";

interface Vectors {
  readonly calls: readonly {
    readonly path: string;
    readonly request: JsonObject;
    readonly request_hex: string;
    readonly response: JsonObject;
    readonly response_hex: string;
    readonly server_stream?: boolean;
  }[];
  readonly encodings: readonly {
    readonly message: string;
    readonly json: JsonObject;
    readonly hex: string;
  }[];
  readonly policy_match: readonly {
    readonly pattern: string;
    readonly value: string;
    readonly match: boolean;
  }[];
  readonly tokens: readonly { readonly text: string; readonly tokens: readonly string[] }[];
  readonly stems: readonly { readonly token: string; readonly stem: string }[];
  readonly find: {
    readonly agents: readonly Omit<RankedCard, "capabilities">[];
    readonly queries: readonly {
      readonly query: string;
      readonly order: readonly string[];
      readonly scores: Readonly<Record<string, number>>;
    }[];
  };
}

const vectors = JSON.parse(
  readFileSync(new URL("vectors/agentkeeper.json", import.meta.url), "utf8"),
) as Vectors;
const registry = createRegistry(file);

/** Bytes -> message -> bytes, bytes -> JSON and JSON -> bytes all agree with the example. */
function expectSame(schema: DescMessage, hex: string, json: JsonValue): void {
  const message = fromBinary(schema, Buffer.from(hex, "hex"));
  expect(toJson(schema, message, { registry, useProtoFieldName: true })).toEqual(json);
  expect(Buffer.from(toBinary(schema, message)).toString("hex")).toBe(hex);
  const written = toBinary(schema, fromJson(schema, json, { registry }));
  expect(Buffer.from(written).toString("hex")).toBe(hex);
}

function methodAt(path: string): DescMethod {
  for (const service of file.services) {
    for (const method of service.methods) {
      if (path === `/${service.typeName}/${method.name}`) return method;
    }
  }
  throw new Error(`no method has the path ${path}`);
}

function schemaOf(typeName: string): DescMessage {
  const schema = registry.getMessage(typeName);
  if (schema === undefined) throw new Error(`there is no message ${typeName}`);
  return schema;
}

describe("AK-WIRE calls", () => {
  test.each(vectors.calls.map((call, i) => [i, call.path, call] as const))(
    "AK-WIRE call %i, %s: request and answer are the same in JSON and in bytes",
    (_, path, call) => {
      const method = methodAt(path);
      expect(method.methodKind).toBe(call.server_stream === true ? "server_streaming" : "unary");
      expectSame(method.input, call.request_hex, call.request);
      expectSame(method.output, call.response_hex, call.response);
    },
  );

  test("AK-WIRE there is a call for every method", () => {
    const paths = file.services.flatMap((s) => s.methods.map((m) => `/${s.typeName}/${m.name}`));
    expect([...new Set(vectors.calls.map(({ path }) => path))].sort()).toEqual(paths.sort());
  });
});

describe("AK-WIRE encodings", () => {
  test.each(vectors.encodings.map((encoding, i) => [i, encoding.message, encoding] as const))(
    "AK-WIRE encoding %i, %s is the same in JSON and in bytes",
    (_, message, { json, hex }) => {
      const { payload_type_url, payload_hex, ...rest } = json;
      if (payload_type_url === undefined) {
        expectSame(schemaOf(message), hex, json);
        return;
      }
      // An event: the example writes down the payload as type and bytes.
      const typeUrl = String(payload_type_url);
      const value = Buffer.from(String(payload_hex), "hex");
      const schema = schemaOf(typeUrl.slice(typeUrl.lastIndexOf("/") + 1));
      const body = toJson(schema, fromBinary(schema, value), {
        registry,
        useProtoFieldName: true,
      }) as JsonObject;
      expectSame(schema, String(payload_hex), body);
      const payload = toJson(AnySchema, { $typeName: "google.protobuf.Any", typeUrl, value }, { registry });
      expect(payload).toMatchObject({ "@type": typeUrl });
      expectSame(schemaOf(message), hex, { ...rest, payload: { "@type": typeUrl, ...body } });
    },
  );
});

test.each(vectors.policy_match)("AK-P2 $pattern matches $value: $match", ({ pattern, value, match }) => {
  expect(compilePattern(pattern).matches(value)).toBe(match);
});

test.each(vectors.tokens)("AK-FIND-1 the tokens of $text", ({ text, tokens }) => {
  expect(tokenize(text)).toEqual(tokens);
});

test.each(vectors.stems)("AK-FIND-2 the stem of $token is $stem", ({ token, stem: expected }) => {
  expect(stem(token)).toBe(expected);
});

describe("AK-FIND-5 order and scores", () => {
  const agents = vectors.find.agents.map((card, i) => ({
    agentId: card.name,
    registeredAt: i,
    card: { ...card, capabilities: [] },
  }));

  test.each(vectors.find.queries)("AK-FIND-3 AK-FIND-4 AK-FIND-5 $query", ({ query, order, scores }) => {
    const ranked = rank(query, agents);
    expect(ranked.map(({ agent }) => agent.agentId)).toEqual(order);
    expect(Object.keys(scores).sort()).toEqual([...order].sort());
    for (const { agent, score } of ranked)
      expect(score, agent.agentId).toBeCloseTo(scores[agent.agentId] ?? Number.NaN, 6);
  });
});

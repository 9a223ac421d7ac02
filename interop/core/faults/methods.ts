// Every method of the daemon's two wires, and messages for them that are valid by their type and odd in every field.
import { create, type DescField, type DescMessage, ScalarType, toBinary } from "@bufbuild/protobuf";
import { file_agentkeeper_v1_agentkeeper } from "@x/agentkeeper/proto";
import { file_agentkeeper_ext_v1_election } from "../../../packages/agentkeeper/src/gen/agentkeeper/ext/v1/election_pb.ts";
import { file_agentkeeper_ext_v1_event } from "../../../packages/agentkeeper/src/gen/agentkeeper/ext/v1/event_pb.ts";
import { file_agentkeeper_ext_v1_lease } from "../../../packages/agentkeeper/src/gen/agentkeeper/ext/v1/lease_pb.ts";
import { file_agentkeeper_ext_v1_policy } from "../../../packages/agentkeeper/src/gen/agentkeeper/ext/v1/policy_pb.ts";
import { file_agentkeeper_ext_v1_registry } from "../../../packages/agentkeeper/src/gen/agentkeeper/ext/v1/registry_pb.ts";
import { file_agentkeeper_ext_v1_server } from "../../../packages/agentkeeper/src/gen/agentkeeper/ext/v1/server_pb.ts";
import { file_agentkeeper_ext_v1_task } from "../../../packages/agentkeeper/src/gen/agentkeeper/ext/v1/task_pb.ts";
import type { Random } from "../../shared/histories/random.ts";

const files = [
  file_agentkeeper_v1_agentkeeper,
  file_agentkeeper_ext_v1_election,
  file_agentkeeper_ext_v1_event,
  file_agentkeeper_ext_v1_lease,
  file_agentkeeper_ext_v1_policy,
  file_agentkeeper_ext_v1_registry,
  file_agentkeeper_ext_v1_server,
  file_agentkeeper_ext_v1_task,
];

export interface Method {
  readonly path: string;
  readonly input: DescMessage;
}

export const methods: readonly Method[] = files.flatMap(({ services }) =>
  services.flatMap(({ typeName, methods: all }) =>
    all.map(({ name, input }) => ({ path: `/${typeName}/${name}`, input })),
  ),
);

/** Deeper messages are left out. */
const deepest = 4;

/** @param known Texts that mean something to the daemon, such as the id of an agent */
export function oddMessage(random: Random, input: DescMessage, known: readonly string[]): Uint8Array {
  try {
    return toBinary(input, create(input, oddFields(random, input, known, 0)));
  } catch {
    // Of a value that its type does not hold.
    return new Uint8Array();
  }
}

type Fields = Record<string, unknown>;

function oddFields(random: Random, input: DescMessage, known: readonly string[], depth: number): Fields {
  const fields: Fields = {};
  for (const field of input.fields) {
    if (random.chance(0.3)) {
      continue;
    }
    const value = oddValue(random, field, known, depth);
    if (value === undefined) {
      continue;
    }
    if (field.oneof === undefined) {
      fields[field.localName] = value;
    } else {
      fields[field.oneof.localName] = { case: field.localName, value };
    }
  }
  return fields;
}

function oddValue(random: Random, field: DescField, known: readonly string[], depth: number): unknown {
  const message = (input: DescMessage): unknown =>
    depth < deepest ? oddFields(random, input, known, depth + 1) : undefined;
  const length = random.pick([0, 1, 3, 300]);
  switch (field.fieldKind) {
    case "scalar":
      return oddScalar(random, field.scalar, known);
    case "enum":
      return random.between(0, 8);
    case "message":
      return message(field.message);
    case "list":
      return Array.from({ length: depth === 0 ? length : 1 }, () =>
        field.listKind === "message"
          ? (message(field.message) ?? {})
          : field.listKind === "enum"
            ? random.between(0, 8)
            : oddScalar(random, field.scalar, known),
      );
    case "map": {
      const odd = (): unknown =>
        field.mapKind === "scalar" ? oddScalar(random, field.scalar, known) : undefined;
      const entries = Array.from({ length: random.between(0, 4) }, (_, index) => [
        field.mapKey === ScalarType.STRING ? oddText(random, known) + index : index,
        odd(),
      ]);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    }
  }
}

function oddScalar(random: Random, type: ScalarType, known: readonly string[]): unknown {
  switch (type) {
    case ScalarType.STRING:
      return oddText(random, known);
    case ScalarType.BYTES:
      return new Uint8Array(random.between(0, 500));
    case ScalarType.BOOL:
      return random.chance(0.5);
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return random.pick([0n, 1n, BigInt(random.between(0, 1e9)), 2n ** 53n, 2n ** 63n - 1n]);
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return random.pick([0, Number.NaN, Number.POSITIVE_INFINITY, -1, 1e38]);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return random.pick([0, 1, 4_294_967_295, random.between(0, 1e6)]);
    default:
      return random.pick([0, 1, -1, 2_147_483_647, -2_147_483_648]);
  }
}

function oddText(random: Random, known: readonly string[]): string {
  return random.pick([
    "",
    "a",
    "\0",
    "x".repeat(random.between(0, 3_000)),
    "\u{1f4a5}",
    "__proto__",
    "constructor",
    "7",
    "*".repeat(random.between(0, 200)),
    "\u202e\u200f",
    ...known,
  ]);
}

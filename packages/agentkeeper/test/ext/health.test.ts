// The health check of gRPC, asked as a load balancer would: by its name on the wire, without our generated code.
import {
  create,
  createFileRegistry,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type JsonValue,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import {
  type FieldDescriptorProto_Label,
  type FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { createGrpcTransport } from "@x/core/rpc";
import { createMemoryJournal, JournalError } from "@x/core/service";
import { createFakeClock } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { extServices, services } from "../../src/local/engine/services.ts";
import type { KeeperRecord } from "../../src/local/rules/model/records.ts";
import { failureOf, startRawKeeper } from "./raw.ts";

const optional: FieldDescriptorProto_Label = 1;
const [text, choice]: readonly FieldDescriptorProto_Type[] = [9, 14];

/** `grpc/health/v1/health.proto`, as everybody has it. */
const file = create(FileDescriptorProtoSchema, {
  name: "grpc/health/v1/health.proto",
  package: "grpc.health.v1",
  syntax: "proto3",
  messageType: [
    {
      name: "HealthCheckRequest",
      field: [{ name: "service", jsonName: "service", number: 1, label: optional, type: text ?? 9 }],
    },
    {
      name: "HealthCheckResponse",
      field: [
        {
          name: "status",
          jsonName: "status",
          number: 1,
          label: optional,
          type: choice ?? 14,
          typeName: ".grpc.health.v1.HealthCheckResponse.ServingStatus",
        },
      ],
      enumType: [
        {
          name: "ServingStatus",
          value: ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"].map((name, number) => ({
            name,
            number,
          })),
        },
      ],
    },
  ],
  service: [
    {
      name: "Health",
      method: ["Check", "Watch"].map((name) => ({
        name,
        inputType: ".grpc.health.v1.HealthCheckRequest",
        outputType: ".grpc.health.v1.HealthCheckResponse",
        serverStreaming: name === "Watch",
      })),
    },
  ],
});
const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
const methods = registry.getService("grpc.health.v1.Health")?.method ?? {};

function statusIn(schema: DescMessage, message: Message): JsonValue | undefined {
  const json = toJson(schema, message, { alwaysEmitImplicit: true });
  return json !== null && typeof json === "object" && !Array.isArray(json) ? json.status : undefined;
}

interface HealthClient extends AsyncDisposable {
  check(service?: string): Promise<JsonValue | undefined>;
  watch(service?: string): AsyncIterator<JsonValue | undefined>;
}

function healthClient(port: number): HealthClient {
  const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` });
  const end = new AbortController();
  // The descriptor above says which kind each is.
  const [check, watch] = [methods.check as DescMethodUnary, methods.watch as DescMethodServerStreaming];
  return {
    async check(service = "") {
      const { message } = await transport.unary(check, end.signal, 5_000, undefined, { service });
      return statusIn(check.output, message);
    },
    async *watch(service = "") {
      async function* request() {
        yield { service };
      }
      const { message } = await transport.stream(watch, end.signal, 0, undefined, request());
      for await (const answer of message) {
        yield statusIn(watch.output, answer);
      }
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      await transport.close();
    },
  };
}

describe("the health check", () => {
  it("AK-X7 knows the server and each of its services, and no other", async () => {
    await using keeper = await startRawKeeper();
    await using health = healthClient(keeper.server.port);
    for (const service of ["", ...[...services, ...extServices].map(({ typeName }) => typeName)]) {
      expect(await health.check(service), service).toBe("SERVING");
    }
    expect(await failureOf(health.check("agentkeeper.v1.Nothing"))).toMatchObject({ grpcCode: "NOT_FOUND" });
    expect((await health.watch("agentkeeper.v1.Nothing").next()).value).toBe("SERVICE_UNKNOWN");

    await using plain = await startRawKeeper({ ext: false });
    await using plainHealth = healthClient(plain.server.port);
    expect(await plainHealth.check("agentkeeper.v1.LeaseService")).toBe("SERVING");
    expect(await failureOf(plainHealth.check("agentkeeper.ext.v1.LeaseExtService"))).toMatchObject({
      grpcCode: "NOT_FOUND",
    });
  });

  it("AK-X7 AK-Z9 is NOT_SERVING while the store takes no writes, and SERVING again when it does", async () => {
    const memory = createMemoryJournal<KeeperRecord>();
    const clock = createFakeClock();
    let full = false;
    await using keeper = await startRawKeeper({
      clock,
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
    await using health = healthClient(keeper.server.port);
    const watch = health.watch();
    expect((await watch.next()).value).toBe("SERVING");
    full = true;
    expect(await failureOf(keeper.agent())).toMatchObject({ code: "store_unavailable" });
    expect(await health.check()).toBe("NOT_SERVING");
    expect((await watch.next()).value).toBe("NOT_SERVING");
    full = false;
    expect(await health.check()).toBe("NOT_SERVING");
    // The daemon tries again every second.
    await clock.advance(1_000);
    expect((await watch.next()).value).toBe("SERVING");
    expect(await health.check()).toBe("SERVING");
    await keeper.agent();
  });
});

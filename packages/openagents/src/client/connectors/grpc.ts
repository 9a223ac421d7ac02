// The gRPC wire of a network. Loaded when it is asked for, since it brings HTTP/2 and protobuf.

import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { hasCode, sleep } from "@x/core/base";
import { createGrpcTransport, fromConnectError } from "@x/core/rpc/client";
import { TooLarge } from "../../errors.ts";
import {
  AgentService,
  EventSchema,
  RegisterAgentRequestSchema,
} from "../../gen/openagents/agent_service_pb.ts";
import type { Body, EventResponse } from "../../types.ts";
import { packPayload, unpackAny } from "../../wire/any.ts";
import { isBody, textsOf } from "../../wire/body.ts";
import { systemDestination } from "../../wire/destinations.ts";
import { systemCommands } from "../../wire/names.ts";
import { authenticationFailed } from "../../wire/paths.ts";
import { stripSecrets } from "../../wire/secrets.ts";
import { errorOf, refusalOf, serviceName } from "../failure.ts";
import { encoded, ownEvent } from "../outbound.ts";
import type { LinkOptions, Outbound, SendOptions } from "./connector.ts";
import { inboundOf } from "./inbound.ts";
import { type NetworkWire, SecretRefused } from "./network.ts";

/** Certificates for TLS, in PEM form. */
export interface TlsOptions {
  /** The authorities that are trusted. @default those of the system */
  readonly ca?: string | Uint8Array | undefined;
  /** The client's own certificate. */
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  /** The name on the server's certificate. @default the host */
  readonly serverName?: string | undefined;
}

export interface GrpcWireOptions extends LinkOptions {
  readonly host: string;
  readonly port: number;
  /** `undefined` for clear text. */
  readonly tls: TlsOptions | undefined;
  readonly passwordHash: string;
}

const readMaxBytes = 104_857_600;
const heartbeatMs = 5_000;

export function createGrpcWire(options: GrpcWireOptions): NetworkWire {
  const { agentId, host, port, tls, clock, requestTimeoutMs, pollIntervalMs } = options;
  const authority = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const url = `${tls === undefined ? "http" : "https"}://${authority}:${port}`;
  const transport = createGrpcTransport({
    baseUrl: url,
    tls:
      tls === undefined
        ? undefined
        : { ca: tls.ca, cert: tls.cert, key: tls.key, servername: tls.serverName },
    readMaxBytes,
    connectTimeoutMs: 5_000,
    keepalive: { pingIntervalMs: 60_000, pingTimeoutMs: 20_000 },
  });
  const client = createClient(AgentService, transport);
  let warned = false;

  const called = async <Answer>(operation: string, run: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await run();
    } catch (error) {
      throw errorOf(fromConnectError(error, { service: serviceName, operation }), operation);
    }
  };

  const send = async (event: Outbound, secret: string, { signal }: SendOptions): Promise<EventResponse> => {
    if (!warned && isBody(event.payload.payload)) {
      warned = true;
      options.onWarning(
        "a payload has a member called payload: real networks put that in place of the whole payload over gRPC.",
      );
    }
    const message = create(EventSchema, {
      eventId: event.eventId,
      eventName: event.eventName,
      sourceId: event.sourceId,
      targetAgentId: event.destinationId ?? "",
      payload: encoded(() => packPayload(event.payload)),
      timestamp: BigInt(Math.floor(clock.now().wall / 1_000)),
      metadata: textMap(event.metadata),
      visibility: event.visibility,
      secret,
    });
    const response = await called("sendEvent", () =>
      client.sendEvent(message, {
        timeoutMs: requestTimeoutMs,
        ...(signal === undefined ? {} : { signal }),
      }),
    ).catch((error: unknown) => {
      throw hasCode(error, "resource_exhausted")
        ? new TooLarge(error.message, { operation: "sendEvent", cause: error })
        : error;
    });
    const data = response.data && unpackAny(response.data);
    return {
      success: response.success,
      message: response.message,
      data: data === undefined ? null : stripSecrets(data),
      eventName: response.eventName || event.eventName,
      eventId: event.eventId,
    };
  };

  return {
    transport: "grpc",
    label: "gRPC network",
    host,
    port,
    url,
    async register() {
      const { metadata, passwordHash } = options;
      const { capabilities } = metadata;
      const request = create(RegisterAgentRequestSchema, {
        agentId,
        metadata: textMap(metadata),
        capabilities: [...textsOf(capabilities)],
        // The official server never forgets who has crashed, and lets nobody else in under that id.
        forceReconnect: true,
        passwordHash,
      });
      const operation = "connectToServer";
      await called(operation, () =>
        client.heartbeat(
          { agentId, timestamp: BigInt(Math.floor(clock.now().wall / 1_000)) },
          { timeoutMs: heartbeatMs },
        ),
      );
      const answer = await called(operation, () =>
        client.registerAgent(request, { timeoutMs: requestTimeoutMs }),
      );
      if (!answer.success || answer.secret === "") {
        throw refusalOf(answer.errorMessage || "the server registered nobody", { operation });
      }
      return answer.secret;
    },
    async unregister(secret) {
      await called("disconnect", () => client.unregisterAgent({ agentId, secret }, { timeoutMs: 5_000 }));
    },
    send,
    async receive(sink, secret, signal) {
      for (;;) {
        await sink.room(signal);
        const used = secret();
        const question = ownEvent(agentId, systemCommands.pollMessages, systemDestination, {
          agent_id: agentId,
        });
        const { success, message, data } = await send(question, used, { signal });
        if (!success) {
          throw message.includes(authenticationFailed)
            ? new SecretRefused(used)
            : refusalOf(message, { operation: "receive", retryable: true });
        }
        sink.ready();
        await sink.accept(inboundOf(data?.messages, clock.now().wall));
        await sleep(pollIntervalMs, { signal, clock });
      }
    },
    close: () => transport.close(),
  };
}

/** Texts as they are, all else as JSON. */
function textMap(body: Body): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    const text = typeof value === "string" ? value : encoded(() => JSON.stringify(value));
    if (text !== undefined) {
      texts[name] = text;
    }
  }
  return texts;
}

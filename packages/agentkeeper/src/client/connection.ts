// One connection to a daemon, and the one way in which every method calls it.
import { createClient } from "@connectrpc/connect";
import {
  type Clock,
  checkArgument,
  createRetryBudget,
  type Hooks,
  NotFoundError,
  type OptionRule,
  runAttempts,
  type ServiceError,
  systemClock,
  UnimplementedError,
} from "@x/core/base";
import { createGrpcTransport, fromConnectError, provenNotProcessed } from "@x/core/rpc/client";
import { EventService } from "../gen/agentkeeper/ext/v1/event_pb.ts";
import {
  ElectionService,
  EntitlementsService,
  LeaseService,
  RegistryService,
  TaskService,
} from "../gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { CallOptions } from "./call-options.ts";
import { type Candidacies, createCandidacies } from "./candidacies.ts";
import { serviceName } from "./checks.ts";
import { createGiveBacks, type GiveBacks } from "./give-backs.ts";
import type { AttemptCall, ExtClients, RawClient } from "./raw-client.ts";
import type { TlsOptions } from "./tls-options.ts";

/** Where a daemon is. */
export interface DaemonAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsOptions | undefined;
  /** A shared token for a daemon that asks for one. */
  readonly token?: string | undefined;
  /** Whether the environment's proxy stands between; never before a daemon of one's own. @default "environment" */
  readonly proxy?: "environment" | "none" | undefined;
}

/** Where the daemon is, and how patient its client is. */
export interface ConnectionOptions extends DaemonAddress {
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly hooks?: Hooks | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * How a call may be repeated. `safe`: any number of times. `unsafe`: only with proof that the daemon did not act.
 * `gone_is_done`: safe, and a NOT_FOUND after a repeat means that an earlier attempt was carried out.
 */
export type Repeat = "safe" | "unsafe" | "gone_is_done";

export interface Connection {
  readonly clock: Clock;
  /** Deadline of calls that name none, in milliseconds. */
  readonly timeoutMs: number;
  readonly registry: RawClient<typeof RegistryService>;
  readonly leases: RawClient<typeof LeaseService>;
  readonly elections: RawClient<typeof ElectionService>;
  readonly entitlements: RawClient<typeof EntitlementsService>;
  readonly tasks: RawClient<typeof TaskService>;
  /** The replayable watch, which only our own daemon has. */
  readonly events: RawClient<typeof EventService>;
  /** The other additive services, which only our own daemon has. */
  loadExt(): Promise<ExtClients>;
  /** Whether the daemon has the additive services; `undefined` until a first call has shown it. */
  readonly hasExt: boolean | undefined;
  /** Tells what a stream has shown about the additive services. */
  sawExt(present: boolean): void;
  /**
   * Runs a call of the additive services.
   *
   * @throws UnimplementedError `ext_unavailable` from a daemon that has none; found out once and remembered
   */
  callExt<Answer>(
    operation: string,
    repeat: Repeat,
    options: CallOptions | undefined,
    attempt: (call: AttemptCall, ext: ExtClients) => Promise<Answer>,
    defaults?: { readonly timeoutMs?: number | undefined },
  ): Promise<Answer>;
  /** What calls took that nobody waits for any more. */
  readonly giveBacks: GiveBacks;
  readonly candidacies: Candidacies;
  /** Tokens of the leases that this client holds. */
  readonly heldTokens: Set<bigint>;
  /** Runs the attempts of one call. Without `defaults` its deadline is the client's. */
  call<Answer>(
    operation: string,
    repeat: Repeat,
    options: CallOptions | undefined,
    attempt: (call: AttemptCall) => Promise<Answer>,
    defaults?: { readonly timeoutMs?: number | undefined },
  ): Promise<Answer>;
  close(): Promise<void>;
}

/** @throws InvalidArgumentError `invalid_option` for an address that cannot be one */
export function openConnection(options: ConnectionOptions): Connection {
  const { host, port, tls, token, hooks, clock = systemClock } = options;
  checkArgument("host", host, hostRule, { service: serviceName, operation: "new client" });
  const transport = createGrpcTransport({
    baseUrl: `${tls === undefined ? "http" : "https"}://${authorityOf(host)}:${port}`,
    tls:
      tls === undefined
        ? undefined
        : { ca: tls.ca, cert: tls.cert, key: tls.key, servername: tls.serverName },
    ...(token === undefined ? {} : { metadata: { authorization: `Bearer ${token}` } }),
    proxy: options.proxy,
    // A watch or a blocked claim over a dead network path would wait for ever.
    keepalive: { pingIntervalMs: 20_000, pingTimeoutMs: 10_000 },
  });
  const budget = createRetryBudget();
  let ext: Promise<ExtClients> | undefined;
  let hasExt: boolean | undefined;

  const connection: Connection = {
    clock,
    timeoutMs: options.timeoutMs,
    giveBacks: createGiveBacks(),
    candidacies: createCandidacies(),
    heldTokens: new Set(),
    events: createClient(EventService, transport),
    loadExt(): Promise<ExtClients> {
      ext ??= import("./ext-clients.ts").then(({ createExtClients }) => createExtClients(transport));
      return ext;
    },
    get hasExt() {
      return hasExt;
    },
    sawExt(present: boolean): void {
      hasExt = present;
    },
    async callExt<Answer>(
      operation: string,
      repeat: Repeat,
      callOptions: CallOptions | undefined,
      attempt: (call: AttemptCall, ext: ExtClients) => Promise<Answer>,
      defaults?: { readonly timeoutMs?: number | undefined },
    ): Promise<Answer> {
      if (hasExt === false) {
        throw extUnavailable(operation, undefined);
      }
      try {
        const answer = await connection.call(
          operation,
          repeat,
          callOptions,
          async (call) => attempt(call, await connection.loadExt()),
          defaults,
        );
        hasExt = true;
        return answer;
      } catch (error) {
        if (hasExt !== true && error instanceof UnimplementedError) {
          hasExt = false;
          throw extUnavailable(operation, error);
        }
        throw error;
      }
    },
    registry: createClient(RegistryService, transport),
    leases: createClient(LeaseService, transport),
    elections: createClient(ElectionService, transport),
    entitlements: createClient(EntitlementsService, transport),
    tasks: createClient(TaskService, transport),

    async call<Answer>(
      operation: string,
      repeat: Repeat,
      callOptions: CallOptions = {},
      attempt: (call: AttemptCall) => Promise<Answer>,
      defaults: { readonly timeoutMs?: number | undefined } = {},
    ): Promise<Answer> {
      const { signal, headers } = callOptions;
      const timeoutMs =
        callOptions.timeoutMs ?? ("timeoutMs" in defaults ? defaults.timeoutMs : options.timeoutMs);
      return runAttempts(
        {
          service: serviceName,
          operation,
          clock,
          budget,
          idempotent: repeat !== "unsafe",
          maxRetries: callOptions.maxRetries ?? options.maxRetries,
          toError,
          provenNotProcessed,
          timeoutMs,
          signal,
          hooks,
        },
        (context) =>
          attempt({
            ...(context.signal === undefined ? {} : { signal: context.signal }),
            ...(context.timeoutMs === undefined ? {} : { timeoutMs: context.timeoutMs }),
            ...(headers === undefined ? {} : { headers: { ...headers } }),
          }),
      );
    },

    async close(): Promise<void> {
      await connection.giveBacks.close();
      await transport.close();
    },
  };
  return connection;
}

function extUnavailable(operation: string, cause: unknown): UnimplementedError {
  return new UnimplementedError(
    `${operation}: this daemon speaks agentkeeper.v1 only; what was asked needs agentkeeper.ext.v1, as our own has it.`,
    { service: serviceName, operation, code: "ext_unavailable", cause },
  );
}

/** Runs a call in its additive form, which can do more, or, for a daemon without it, in its plain form. */
export async function callEither<Answer>(
  connection: Connection,
  additive: () => Promise<Answer>,
  plain: () => Promise<Answer>,
): Promise<Answer> {
  if (connection.hasExt === false) {
    return plain();
  }
  try {
    return await additive();
  } catch (error) {
    if (error instanceof UnimplementedError && error.code === "ext_unavailable") {
      return plain();
    }
    throw error;
  }
}

export function toError(
  thrown: unknown,
  call: { readonly service: string; readonly operation: string; readonly attempts?: number },
): ServiceError {
  return fromConnectError(thrown, call);
}

/** Whether a repeated call failed only because an earlier attempt of it was carried out. */
export function wasDoneBefore(error: unknown): boolean {
  return error instanceof NotFoundError && error.attempts > 1;
}

const authorityOf = (host: string): string =>
  host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;

/** A host is what stands alone, and unchanged in its meaning, in the place of one in a URL. */
const hostRule: OptionRule = {
  expected: "a host name or address without scheme and port",
  isOne(host) {
    if (typeof host !== "string" || host === "" || /[/\\\s@?#]/.test(host)) {
      return false;
    }
    const url = URL.parse(`http://${authorityOf(host)}:1`);
    return url !== null && url.port === "1" && url.pathname === "/";
  },
};

// What a client and a connection can be told, with rules for all of it.

import {
  type Clock,
  checkOptions,
  clockRule,
  type Fetch,
  must,
  type OptionRule,
  type OptionRules,
} from "@x/core";
import type { OpenAgentsError } from "../errors.ts";
import type { Body, Transport } from "../types.ts";
import { isBody } from "../wire/body.ts";
import type { TlsOptions } from "./connectors/grpc.ts";
import type { DeadlockInfo } from "./events/correlation.ts";
import type { WorkJournal } from "./events/journal.ts";
import { serviceName } from "./failure.ts";

/** Settings of a client. */
export interface AgentClientOptions {
  /** 1 to 128 characters. @default `Agent-` and 8 hex digits */
  readonly agentId?: string | undefined;
  /** Takes the place of the built-in one, for HTTP and workspaces. */
  readonly fetch?: Fetch | undefined;
  /** The client's time, for tests. */
  readonly clock?: Clock | undefined;
  /** Keeps what was received until its handlers have finished, also when the program ends. @default none */
  readonly journal?: WorkJournal | undefined;
  /** Told of failures that no call has an answer for: a handler that threw, a connection that ended. @default nobody */
  readonly onError?: ((error: OpenAgentsError) => void) | undefined;
  /** Told when a `sendAndWait` ends early because the other agent waits for this one. @default nobody */
  readonly onDeadlock?: ((info: DeadlockInfo) => void) | undefined;
  /**
   * How long an agent that waits for this one may take to say that it can answer all the same, in milliseconds, from 0. Then it
   * counts as a deadlock.
   * @default 3000
   */
  readonly deadlockAfterMs?: number | undefined;
  /** Told what is worth a look and no failure. @default nobody */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Where to connect to, and how. */
export interface ConnectOptions {
  readonly host?: string | undefined;
  /** 1 to 65535. @default 443 for the hosted service, else 8700 */
  readonly port?: number | undefined;
  /** Takes the place of host and port; also a share link of a hosted workspace, which has workspace and token in it. */
  readonly url?: string | undefined;
  /** Of a workspace; on a network it is sent as `passwordHash`. */
  readonly token?: string | undefined;
  /** What others see of the agent: `name`, `capabilities` and whatever else JSON can say. @default {} */
  readonly metadata?: Body | undefined;
  /** Of a group of a network; its SHA-256 is sent. */
  readonly password?: string | undefined;
  /** As the network has it in its configuration. */
  readonly passwordHash?: string | undefined;
  /** @default the group that the password opens, else the network's default */
  readonly agentGroup?: string | undefined;
  /** `http`, `grpc` or `workspace`. @default what answers there; HTTP where a network offers both */
  readonly transport?: Transport | undefined;
  /** A network by its id in the public directory; in place of an address. */
  readonly networkId?: string | undefined;
  /** Id or slug. @default the one that the token is for */
  readonly workspace?: string | undefined;
  /** @default true for port 443 */
  readonly useTls?: boolean | undefined;
  /** Certificates, for gRPC. HTTP trusts what the runtime trusts. */
  readonly tls?: TlsOptions | undefined;
  /** From the end of a poll to the next one, in milliseconds, 10 to 60000, where the server cannot push. @default 1000 */
  readonly pollIntervalMs?: number | undefined;
  /** Deadline of each request, in milliseconds. @default 30_000 */
  readonly requestTimeoutMs?: number | undefined;
  /** Whether a lost connection is made again, with pauses from 0.5 to 30 s. @default true */
  readonly reconnect?: boolean | undefined;
  /** Whether what is sent during an outage waits for its end, up to `requestTimeoutMs`. @default false: it fails at once */
  readonly queueWhileOffline?: boolean | undefined;
  /** Whether what is wrong is thrown instead of answered with false. @default false */
  readonly throwOnError?: boolean | undefined;
  /** Ends the attempt to connect. */
  readonly signal?: AbortSignal | undefined;
}

/** How long to wait. */
export interface TimeoutOptions {
  /** In seconds, as on the product page; `Infinity` for none. @default 30 */
  readonly timeout?: number | undefined;
  /** The same in milliseconds; goes before `timeout`. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const object: OptionRule = { expected: "an object", isOne: isBody };
const secret: OptionRule = { ...must.beText, secret: true };
const seconds: OptionRule = {
  expected: "a number of seconds from 0, or Infinity",
  isOne: must.beWaitMs.isOne,
};

const clientRules: OptionRules<AgentClientOptions> = {
  agentId: {
    expected: "1 to 128 characters",
    isOne: (value) => typeof value === "string" && value.length >= 1 && value.length <= 128,
  },
  fetch: must.beFunction,
  clock: clockRule,
  journal: must.haveMethods("a journal, such as openWorkJournal() of @x/openagents/node answers", "received"),
  onError: must.beFunction,
  onDeadlock: must.beFunction,
  deadlockAfterMs: must.beWaitMs,
  onWarning: must.beFunction,
};

const connectRules: OptionRules<ConnectOptions> = {
  host: must.beFullText,
  port: { ...must.beWhole(1, 65_535), expected: "a port from 1 to 65535" },
  url: must.beFullText,
  token: secret,
  metadata: object,
  password: secret,
  passwordHash: secret,
  agentGroup: must.beFullText,
  // What no network has is told as a network would tell it.
  transport: must.beFullText,
  networkId: must.beFullText,
  workspace: must.beFullText,
  useTls: must.beBoolean,
  tls: must.follow<TlsOptions>({
    ca: { ...must.beTextOrBytes, secret: true },
    cert: { ...must.beTextOrBytes, secret: true },
    key: { ...must.beTextOrBytes, secret: true },
    serverName: must.beText,
  }),
  pollIntervalMs: must.beNumber(10, 60_000),
  requestTimeoutMs: must.beTimeoutMs,
  reconnect: must.beBoolean,
  queueWhileOffline: must.beBoolean,
  throwOnError: must.beBoolean,
  signal: must.beSignal,
};

export const timeoutRules: OptionRules<TimeoutOptions> = {
  timeout: seconds,
  timeoutMs: must.beWaitMs,
  signal: must.beSignal,
};

/** @throws InvalidArgumentError `invalid_option` */
export function check<Options>(operation: string, options: Options, rules: OptionRules<Options>): void {
  checkOptions(options, rules, { service: serviceName, operation });
}

export const checkClientOptions = (options: AgentClientOptions): void =>
  check("new AgentClient", options, clientRules);

export const checkConnectOptions = (options: ConnectOptions): void =>
  check("connectToServer", options, connectRules);

/** The wait in milliseconds. */
export const timeoutOf = ({ timeout = 30, timeoutMs }: TimeoutOptions): number =>
  timeoutMs ?? timeout * 1_000;

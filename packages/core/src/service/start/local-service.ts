// What a service says about itself to become a server: rules, listeners, settings, page. All else is core's.
import type { Registry } from "prom-client";
import type { Clock } from "../../clock.ts";
import type { Page } from "../http/pages/page.ts";
import type { RunnerObserver } from "../kernel/runner-options.ts";
import type { Log } from "../shared/logger.ts";
import type { Journal } from "../store/journal.ts";
import type { RecordCodec } from "../store/record-codec.ts";
import type { ListenAddress } from "./address.ts";
import type { StoredService } from "./backup-command.ts";
import type { BoundAddress } from "./bind-hosts.ts";
import type { CommonValues, OperatorPort } from "./common-settings.ts";
import type { KernelGauges } from "./kernel-metrics.ts";
import type { Settings } from "./settings.ts";

/** A service that can run as a local server. */
export interface LocalService<Values, Record, Offer extends object> {
  /** The executable's name. */
  readonly name: string;
  /** What people call it, on its pages. */
  readonly title: string;
  readonly version: string;
  /** What the server is, in one sentence for the help text. */
  readonly summary: string;
  /** What the names of all metrics begin with. */
  readonly metricsPrefix: string;
  /** Whether the ready line ends with the URL of the service too. @default false */
  readonly tellsUrl?: boolean;
  /** What listens at `--addr`, and on which port a command line looks for it. */
  readonly listens: string;
  readonly port: number;
  readonly operator: OperatorPort;
  readonly settings: Settings<Values>;
  readonly store: StoredService & {
    /** How many records a store in memory keeps. */
    readonly memoryRecords: number;
    /** How a record is stored. @default `plainCodec()` */
    readonly codec?: RecordCodec<Record>;
  };
  /**
   * How long a process may take to stop, in milliseconds; then it is cut off. The exit code stays 0, for nothing
   * acknowledged is lost by it. @default 1900
   */
  readonly stopBoundMs?: number;
  /**
   * Settings that exclude each other.
   *
   * @throws {SettingError}
   */
  check?(values: Values, addr: ListenAddress): void;
  /** Starts the rules. Whatever fails here has closed what it has opened. */
  open(context: ServiceContext<Values, Record>): Promise<OpenedService<Offer>>;
}

/** What a service is given to start with. */
export interface ServiceContext<Values, Record> {
  readonly values: Values & CommonValues<Record>;
  readonly clock: Clock;
  /** For what other machines take their time with: it goes on where the server's own time stands still. */
  readonly peerClock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  /** For `startEngine`, beside what only the service knows. */
  readonly kernel: Kernel<Record>;
  /** `memory`, or the data directory. */
  readonly store: string;
  /** URL of the first listener, `""` until it listens. */
  readonly url: () => string;
  /** `HOST:PORT` of the operator's port; `""` until it listens, and where there is none. */
  readonly operatorAddress: () => string;
}

/** What core gives an engine to start with. */
export interface Kernel<Record> {
  readonly journal: Journal<Record>;
  readonly clock: Clock;
  readonly log: Log;
  readonly tickMs: number;
}

/** What core needs of the rules at work; every `Engine` is one. */
export interface LocalEngine extends KernelGauges {
  /** Damage in what the start did not read. */
  readonly damage: Error | undefined;
  /** Callers can be heard from now on. */
  ready(): void;
  /** Resolves when nothing is left to do before more time passes. */
  idle(): Promise<void>;
  observe(observer: RunnerObserver): void;
  /** Ends what waits, and closes the store. Idempotent. */
  close(): Promise<void>;
}

/** A service whose rules are at work. */
export interface OpenedService<Offer extends object> {
  readonly engine: LocalEngine;
  /** In the order in which they listen; the first is the one of `--addr`. */
  readonly listeners: readonly LocalListener[];
  /**
   * The server stops: ends what waits for an event, so that the listeners have nothing left to wait for, while they finish
   * what runs. @default the engine's own close
   */
  drain?(): Promise<unknown>;
  /** The pages on the operator's port; the first stands at `/`. */
  readonly pages: readonly Page[];
  /** What programs read on the operator's port as JSON, by its path, such as `/agents.json`. @default nothing */
  readonly readings?: Readonly<Record<string, () => unknown>>;
  /** Everything listens: what works beside the requests may begin. It is closed after the listeners. */
  started?(): Worker;
  /** What the running server offers beside what all offer. */
  readonly offer: Offer;
}

/** What works beside the requests. */
export interface Worker {
  /** Resolves when it has nothing to do before more time passes. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** One port of a service. */
export interface LocalListener {
  /** In the ready line, such as `grpc`. */
  readonly name: string;
  /** In errors, such as `gRPC`. */
  readonly what: string;
  /** @default "http" */
  readonly scheme?: "http" | "https";
  /** @default that of `--addr` */
  readonly address?: ListenAddress;
  listen(address: ListenAddress): Promise<BoundListener>;
}

/** A port that listens. */
export interface BoundListener extends BoundAddress {
  /** Takes nothing new, and gives what runs until `graceMs`. */
  close(options: { readonly graceMs: number }): Promise<void>;
}

/** A running server. */
export interface LocalServer extends AsyncDisposable {
  /** Host of the service. */
  readonly host: string;
  /** Port of the service. */
  readonly port: number;
  /** `HOST:PORT` of the service. */
  readonly address: string;
  /** URL of the service. */
  readonly url: string;
  /** Every port of the service by its name, as `HOST:PORT`. */
  readonly addresses: Readonly<Record<string, string>>;
  /** URL of the operator's port; `undefined` with `metricsAddr: "off"`. */
  readonly metricsUrl: string | undefined;
  /** Whether the operator's port was taken, and moved to a free one. */
  readonly metricsMoved: boolean;
  /** `memory`, or the data directory. */
  readonly store: string;
  /** Whether time stands still until {@link LocalServer.advance}. */
  readonly isVirtual: boolean;
  /**
   * Moves the time of a server with `clock: "virtual"`, 0 to 31,622,400,000 ms (366 days); resolves when all that became
   * due has happened.
   *
   * @throws FailedPreconditionError `not_virtual` for a server with a clock of its own
   * @throws RangeError for what is no such time
   */
  advance(ms: number): Promise<void>;
  /** Stops within the service's bound. Idempotent. */
  close(): Promise<void>;
}

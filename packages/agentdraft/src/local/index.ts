// The server inside a program: the rules, the HTTP surface, the operator's port, and one way to stop.
import { resolve } from "node:path";
import {
  createPlainJournal,
  createRateLimit,
  formatAddress,
  type HttpServer,
  isLoopback,
  isLoopbackName,
  listenFor,
  listenForOperators,
  type OperatorListener,
  openStoreIn,
  readAddress,
  silentLog,
  startHttpServer,
  systemClock,
} from "@x/core/service";
import { packageVersion } from "../version.ts";
import { type DeliveryWorker, startDeliveries } from "./engine/deliveries.ts";
import { startArbiter } from "./engine/engine.ts";
import { type LocalOwner, signInOwner } from "./engine/local-owner.ts";
import { createMetrics } from "./engine/metrics.ts";
import { createServerSigner } from "./engine/signing.ts";
import { bounded, type LocalAgentDraftOptions, type RateSetting, readMailDomain } from "./options.ts";
import { serverKeys } from "./rules/model/auth.ts";
import { recordCodec } from "./rules/model/records.ts";
import { defaultSettings } from "./rules/model/rule-options.ts";
import { createDoors } from "./surface/access.ts";
import type { Surface } from "./surface/context.ts";
import { errorBody } from "./surface/errors.ts";
import { operatorPage } from "./surface/pages/operator-page.ts";
import { draftRoutes } from "./surface/routes/index.ts";

export type { LocalOwner, NewAgent, NewAgentOptions } from "./engine/local-owner.ts";
export type { LocalAgentDraftOptions, RateSetting } from "./options.ts";

/** A running server. */
export interface LocalAgentDraft extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `HOST:PORT` of HTTP. */
  readonly address: string;
  /** What clients take as their base URL. */
  readonly url: string;
  /** URL of the operator's port; `undefined` with `metricsAddr: "off"`. */
  readonly metricsUrl: string | undefined;
  /** Whether the operator's port was taken, and moved to a free one. */
  readonly metricsMoved: boolean;
  /** `memory`, or the data directory. */
  readonly store: string;
  /** Requests that have no answer yet. */
  readonly openRequests: number;
  /** The owner of a calendar, who is new with a new address: makes agents and decides what they ask. */
  owner(email: string): Promise<LocalOwner>;
  /** Decides what waits for the end of an arbitration, finishes what runs, within 2 s, and stops. Idempotent. */
  close(): Promise<void>;
}

/** What a stop gives running requests. */
const drainMs = 1_500;
const defaultRate: RateSetting = { perSecond: 20, burst: 60 };

/**
 * Starts a server that speaks AgentDraft's HTTP.
 *
 * @throws {StartError} when a port is taken, or the store cannot be opened
 * @throws {TypeError} for an address or a domain that cannot be read
 * @throws {RangeError} for a number out of its bounds
 */
export async function startLocalAgentDraft(options: LocalAgentDraftOptions = {}): Promise<LocalAgentDraft> {
  const address = readAddress("addr", options.addr ?? `127.0.0.1:${options.port ?? 0}`);
  const metricsAddr = options.metricsAddr ?? "127.0.0.1:0";
  const operatorAddress = metricsAddr === "off" ? undefined : readAddress("metricsAddr", metricsAddr);
  const { log = silentLog, clock = systemClock, dev = false } = options;
  const settings = {
    holdTtlSeconds: bounded("holdTtlSeconds", options.holdTtlSeconds, 30, 1, 900),
    bumpWindowSeconds: bounded("bumpWindowSeconds", options.bumpWindowSeconds, 30, 0, 86_400),
    arbitrationMs: bounded("arbitrationMs", options.arbitrationMs, 10, 0, 5_000),
    consentTtlSeconds: bounded("consentTtlSeconds", options.consentTtlSeconds, 900, 1, 604_800),
    receiptTtlSeconds: bounded("receiptTtlSeconds", options.receiptTtlSeconds, 3_600, 1, 31_536_000),
    mailQuotaPerDay: bounded("mailQuotaPerDay", options.mailQuotaPerDay, 200, 0, 1_000_000),
    mailboxDomain: readMailDomain(options.mailboxDomain ?? defaultSettings.mailboxDomain),
    webhookRetryMs: dev ? 1_000 : defaultSettings.webhookRetryMs,
  };
  const rate = options.rateLimit ?? (dev ? "off" : defaultRate);
  let deliveries: DeliveryWorker | undefined;
  const metrics = createMetrics(() => arbiter);
  const arbiter = await openStoreIn(options.dataDir, () =>
    startArbiter({
      settings,
      // The audit chain is read from the journal, and nothing of it is ever forgotten.
      journal:
        options.journal ??
        createPlainJournal({
          ...options,
          product: "agentdraft",
          adopts: (first) => String(first).includes('"serverKey'),
          codec: recordCodec,
          memoryRecords: Number.MAX_SAFE_INTEGER,
        }),
      clock,
      log,
      onEvents(events) {
        metrics.countEvents(events);
        if (arbiter.peek(({ dueDeliveries }) => dueDeliveries.size) > 0) {
          deliveries?.wake();
        }
      },
      onGroup: metrics.observeGroup,
      onAppend: ({ appendMs }) => metrics.observeAppend(appendMs / 1_000),
    }),
  );
  let http: HttpServer | undefined;
  let operators: OperatorListener | undefined;
  try {
    // Known once the port is; nothing is signed before that.
    let url = "";
    const surface: Surface = {
      arbiter,
      doors: createDoors(arbiter, rate === "off" ? undefined : createRateLimit({ ...rate, clock })),
      signer: createServerSigner(
        () => arbiter.peek(serverKeys),
        () => options.issuer ?? url,
        () => url,
      ),
      dev,
      conferencingBaseUrl: options.conferencingBaseUrl?.replace(/\/+$/, ""),
      log,
    };
    http = await listenFor("HTTP", address, () =>
      startHttpServer({
        address,
        routes: draftRoutes(surface, packageVersion),
        errorBody,
        // Whoever can read a sign-in token is in: in development no page but the server's own may.
        ...(dev && address.hosts.every(isLoopback) ? { isOwnHost: isLoopbackName } : {}),
        onAnswer: metrics.countAnswer,
        onFault: (error, request) =>
          log.error({ err: error, ...request }, "a request failed with an error of the server"),
      }),
    );
    const bound = formatAddress(http.host, http.port);
    url = `http://${bound}`;
    deliveries = startDeliveries({ arbiter, log, allowPrivate: dev });
    deliveries.wake();
    const store = options.dataDir === undefined ? "memory" : resolve(options.dataDir);
    if (operatorAddress !== undefined) {
      operators = await listenFor("the operator's port", operatorAddress, () =>
        listenForOperators(
          {
            dashboard: () =>
              operatorPage({ version: packageVersion, url, store, healthy: arbiter.healthy, dev }),
            healthy: () => arbiter.healthy,
            damage: () => arbiter.damage?.message,
            metrics: metrics.registry,
          },
          { address: operatorAddress, orFreePort: options.metricsMayMove ?? false },
        ),
      );
    }
    const stopped = { http, operators, deliveries };
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      // A store that takes no writes has told its callers already.
      const ended = arbiter.run({ type: "endArbitrations" }).catch(() => undefined);
      // Requests first: they are answered while the rules still run.
      await Promise.all([ended, stopped.http.close({ graceMs: drainMs }), stopped.operators?.close()]);
      await stopped.deliveries.close();
      await arbiter.close();
    };
    const stop = (): Promise<void> => {
      closing ??= close();
      return closing;
    };
    return {
      host: http.host,
      port: http.port,
      address: bound,
      url,
      metricsUrl:
        operators === undefined ? undefined : `http://${formatAddress(operators.host, operators.port)}/`,
      metricsMoved: operators?.moved ?? false,
      store,
      get openRequests() {
        return stopped.http.openRequests;
      },
      owner: (email) => signInOwner(arbiter, email),
      close: stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await Promise.allSettled([http?.close(), operators?.close(), deliveries?.close()]);
    await arbiter.close();
    throw error;
  }
}

// The server: Grid as a local server, inside a program or as an executable.
import {
  createRateLimit,
  isLoopback,
  type LocalOptions,
  type LocalServer,
  type LocalService,
  sayNowAndThen,
  startHttpServer,
  startLocal,
} from "@x/core/service";
import { packageVersion } from "../version.ts";
import { namesOf } from "../wire/names.ts";
import type { DeepPartial, GridWireProfile } from "../wire/profile.ts";
import { startEngine } from "./engine/engine.ts";
import { createMetrics } from "./engine/metrics.ts";
import type { GridRecord } from "./rules/model/records.ts";
import { type GridSettings, type GridTuning, settings } from "./settings.ts";
import { createDoors } from "./surface/access.ts";
import type { Surface } from "./surface/context.ts";
import { createEncoder } from "./surface/encode.ts";
import { problemAnswer } from "./surface/errors.ts";
import { gridPages } from "./surface/pages/index.ts";
import { gridRoutes } from "./surface/routes/index.ts";

export type { GridTuning } from "./settings.ts";

/** Settings of {@link startLocalGrid}. */
export interface LocalGridOptions
  extends LocalOptions<GridRecord>,
    Partial<{
      readonly [Name in Exclude<keyof GridSettings, "tune" | "profile">]: GridSettings[Name] | undefined;
    }> {
  /** How long things last, in seconds; what is absent is as documented there. */
  readonly tune?: Partial<GridTuning> | undefined;
  /** What of the wire is otherwise. */
  readonly profile?: DeepPartial<GridWireProfile> | undefined;
}

/** What a running server offers beside what every local server does. */
export interface GridOffer {
  /** Requests that have no answer yet, open streams included. */
  readonly openRequests: number;
  /** The server's time. */
  now(): Date;
}

/** A running server. Its stop tells the streams, and finishes what runs, within 5 s. */
export type LocalGrid = LocalServer & GridOffer;

/** Grid as core's `startLocal` and `runLocal` take it. */
export const grid: LocalService<GridSettings, GridRecord, GridOffer> = {
  name: "x-grid",
  title: "Grid",
  version: packageVersion,
  summary: "agents find each other and exchange tasks, over signed HTTP (unofficial, compatible)",
  metricsPrefix: "xgrid",
  tellsUrl: true,
  listens: "HTTP",
  port: 7700,
  operator: { name: "metrics", what: "/healthz and /metrics", port: 9092 },
  settings,
  store: { product: "grid", memoryRecords: 100_000 },
  stopBoundMs: 4_900,

  async open({ values, clock, log, registry, kernel, url }) {
    const { tune, profile, rateLimit, roomRate, adminToken } = values;
    const engine = await startEngine({
      kernel,
      rules: {
        onlineTtlMs: tune.online_ttl_s * 1_000,
        statusResetMs: tune.status_reset_s * 1_000,
        claimCodeTtlMs: tune.claim_code_ttl_s * 1_000,
        deliveryTimeoutMs: tune.delivery_timeout_s * 1_000,
        roomIdleMs: tune.room_idle_s * 1_000,
        missedGraceMs: tune.missed_grace_s * 1_000,
      },
    });
    const metrics = createMetrics(registry, engine, values.dataDir);
    const { name, dedupe, extras } = profile.serverHeader;
    const serverWords = [`x-grid/${packageVersion}`, dedupe, ...extras].join("; ");
    const perNode =
      rateLimit === "off"
        ? undefined
        : createRateLimit({ perSecond: rateLimit, burst: Math.max(1, rateLimit), clock });
    const surfaceFor = (isLocal: boolean): Surface => ({
      engine,
      profile,
      names: namesOf(profile),
      encode: createEncoder(profile),
      doors: createDoors({ engine, profile, rate: perNode, onRefused: metrics.countRefusal }),
      roomRate:
        roomRate === "off"
          ? undefined
          : createRateLimit({ perSecond: roomRate / 60, burst: roomRate, clock }),
      serverWords,
      streamLifetimeMs: tune.sse_lifetime_s * 1_000,
      keepAliveMs: tune.sse_keepalive_s * 1_000,
      adminToken,
      isLocal,
    });
    let openRequests = (): number => 0;
    const nowAndThen = sayNowAndThen();
    return {
      engine,
      listeners: [
        {
          name: "http",
          what: "HTTP",
          async listen(address) {
            const http = await startHttpServer({
              address,
              routes: gridRoutes(surfaceFor(address.hosts.every(isLoopback))),
              problem: problemAnswer,
              head: false,
              headers: { [name]: serverWords },
              onAnswer: metrics.countAnswer,
              onFault: (error, request) =>
                nowAndThen(request.route, (leftOut) =>
                  log.error(
                    { err: error, leftOut, ...request },
                    "a request failed with an error of the server",
                  ),
                ),
            });
            openRequests = () => http.openRequests;
            return http;
          },
        },
      ],
      // Streams are told that the server stops; what else runs is finished.
      drain: () => Promise.resolve(engine.notices.close()),
      pages: gridPages({ engine, url, profile }),
      offer: {
        get openRequests() {
          return openRequests();
        },
        now: () => new Date(engine.now().wall),
      },
    };
  },
};

/**
 * Starts a server that speaks Grid's HTTP.
 *
 * @throws {TypeError} for an option that is none, or of a wrong kind
 * @throws {RangeError} for a number out of its bounds
 * @throws {StartError} when a port is taken, or the store cannot be opened
 */
export function startLocalGrid(options: LocalGridOptions = {}): Promise<LocalGrid> {
  return startLocal(grid, options);
}

/** The same under the name that the wire has for it. */
export { startLocalGrid as startGridServer };

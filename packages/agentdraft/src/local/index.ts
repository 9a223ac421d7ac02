// The server: AgentDraft as a local server, inside a program or as an executable.
import {
  createRateLimit,
  isLoopback,
  isLoopbackName,
  type LocalOptions,
  type LocalServer,
  type LocalService,
  SettingError,
  sayNowAndThen,
  startHttpServer,
  startLocal,
} from "@x/core/service";
import { packageVersion } from "../version.ts";
import { startDeliveries } from "./engine/deliveries.ts";
import { startEngine } from "./engine/engine.ts";
import { type LocalOwner, signInOwner } from "./engine/local-owner.ts";
import { createMetrics } from "./engine/metrics.ts";
import { createServerSigner } from "./engine/signing.ts";
import { serverKeys } from "./rules/model/auth.ts";
import { type DraftRecord, recordCodec } from "./rules/model/records.ts";
import { defaultRules } from "./rules/model/rule-options.ts";
import { type AgentDraftSettings, settings } from "./settings.ts";
import { createDoors } from "./surface/access.ts";
import type { Surface } from "./surface/context.ts";
import { problemAnswer } from "./surface/errors.ts";
import { operatorPage } from "./surface/pages/operator-page.ts";
import { draftRoutes } from "./surface/routes/index.ts";
import { createStrangers } from "./surface/strangers.ts";

export type { LocalOwner, NewAgent, NewAgentOptions } from "./engine/local-owner.ts";
export type { RateSetting } from "./settings.ts";

/** Settings of {@link startLocalAgentDraft}. */
export interface LocalAgentDraftOptions
  extends LocalOptions<DraftRecord>,
    Partial<{ readonly [Name in keyof AgentDraftSettings]: AgentDraftSettings[Name] | undefined }> {}

/** What a running server offers beside what every local server does. */
export interface AgentDraftOffer {
  /** Requests that have no answer yet. */
  readonly openRequests: number;
  /**
   * The owner of a calendar, who is new with a new address: makes agents and decides what they ask.
   *
   * @throws {FailedPreconditionError} `invalid_request` for what is no address
   */
  owner(email: string): Promise<LocalOwner>;
}

/** A running server. Its stop decides what waits for the end of an arbitration, and finishes what runs, within 2 s. */
export type LocalAgentDraft = LocalServer & AgentDraftOffer;

const defaultRate = { perSecond: 20, burst: 60 };
const defaultSignInRate = { perSecond: 0.2, burst: 20 };

/** AgentDraft as core's `startLocal` and `runLocal` take it. */
export const agentdraft: LocalService<AgentDraftSettings, DraftRecord, AgentDraftOffer> = {
  name: "x-agentdraft",
  title: "AgentDraft",
  version: packageVersion,
  summary: "several agents book one calendar without colliding, over HTTP (unofficial, compatible)",
  metricsPrefix: "agentdraft",
  listens: "HTTP",
  port: 8080,
  operator: { name: "metrics", what: "/healthz and /metrics", port: 9091 },
  settings,
  // The audit chain is read from the journal, and nothing of it is ever forgotten.
  store: {
    product: "agentdraft",
    adopts: (first) => String(first).includes('"serverKey'),
    memoryRecords: Number.MAX_SAFE_INTEGER,
    codec: recordCodec,
  },
  stopBoundMs: 4_900,

  check({ dev, devInsecure }, { hosts }) {
    if (dev && !devInsecure && !hosts.every(isLoopback)) {
      throw new SettingError(
        "--dev shows sign-in tokens to everyone; listen on loopback, or add --dev-insecure (dev, devInsecure)",
      );
    }
  },

  async open({ values, clock, peerClock, log, registry, kernel, url }) {
    const { dev, rateLimit: rate = dev ? "off" : defaultRate } = values;
    const { signInLimit = dev ? "off" : defaultSignInRate } = values;
    const engine = await startEngine({
      kernel,
      rules: { ...values, webhookRetryMs: dev ? 1_000 : defaultRules.webhookRetryMs },
    });
    const metrics = createMetrics(registry, engine);
    const strangers = signInLimit === "off" ? undefined : createStrangers(signInLimit, clock);
    const surface: Surface = {
      engine,
      strangers,
      doors: createDoors(engine, rate === "off" ? undefined : createRateLimit({ ...rate, clock }), strangers),
      signer: createServerSigner(
        () => engine.peek(serverKeys),
        () => values.issuer ?? url(),
        url,
      ),
      dev,
      conferencingBaseUrl: values.conferencingBaseUrl?.replace(/\/+$/, ""),
      log,
    };
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
              routes: draftRoutes(surface, packageVersion),
              problem: problemAnswer,
              // Whoever can read a sign-in token is in: in development no page but the server's own may.
              ...(dev && address.hosts.every(isLoopback) ? { isOwnHost: isLoopbackName } : {}),
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
      started() {
        if (dev) {
          log.warn({ url: url() }, "development mode: whoever reaches this port can sign in as anyone");
        }
        const deliveries = startDeliveries({ engine, log, peerClock, allowPrivate: dev });
        engine.observe({
          onEvents() {
            if (engine.peek(({ places }) => places.waiting.size + places.waitingSlow.size) > 0) {
              deliveries.wake();
            }
          },
        });
        deliveries.wake();
        return deliveries;
      },
      // Decides what waits for the end of its window. A store that takes no writes has told its callers already.
      drain: () => engine.run({ type: "endArbitrations" }).catch(() => undefined),
      pages: [operatorPage({ url, healthy: () => engine.healthy, dev })],
      offer: {
        get openRequests() {
          return openRequests();
        },
        owner: (email) => signInOwner(engine, email),
      },
    };
  },
};

/**
 * Starts a server that speaks AgentDraft's HTTP.
 *
 * @throws {TypeError} for an option that is none, or of a wrong kind
 * @throws {RangeError} for a number out of its bounds
 * @throws {StartError} when a port is taken, or the store cannot be opened
 */
export function startLocalAgentDraft(options: LocalAgentDraftOptions = {}): Promise<LocalAgentDraft> {
  return startLocal(agentdraft, options);
}

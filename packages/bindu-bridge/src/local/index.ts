// The core: registrations over gRPC, and for every agent one HTTP server, inside a program or as an executable.
import { Code } from "@connectrpc/connect";
import { createGrpcServer } from "@x/core/rpc";
import {
  type Answered,
  bindHosts,
  isLoopback,
  jsonCodec,
  type LocalOptions,
  type LocalServer,
  type LocalService,
  type Outbox,
  sayNowAndThen,
  startLocal,
} from "@x/core/service";
import { packageVersion } from "../version.ts";
import { defaultCorePort, failurePrefix } from "../wire/dialect.ts";
import { createAgentPool } from "./engine/agent-pool.ts";
import { createDocuments } from "./engine/documents.ts";
import { failure } from "./engine/endings.ts";
import { type Engine, startEngine } from "./engine/engine.ts";
import { startHandlerCalls } from "./engine/handler-calls.ts";
import { createIdentities } from "./engine/identities.ts";
import { createLiveness } from "./engine/liveness.ts";
import { createMetrics } from "./engine/metrics.ts";
import { startPushWorker } from "./engine/push-worker.ts";
import type { BinduRecord } from "./rules/model/records.ts";
import { type BinduSettings, rulesOf, settings } from "./settings.ts";
import { a2aDelivery } from "./surface/a2a/deliveries.ts";
import { a2aFace } from "./surface/a2a/index.ts";
import { createAgentListeners } from "./surface/agent-listeners.ts";
import { agentOf, type Surface } from "./surface/context.ts";
import { tellWebhook } from "./surface/dialect/push.ts";
import { binduRoutes } from "./surface/grpc/bindu-service.ts";
import { binduPages } from "./surface/pages/index.ts";
import { createRegistrar } from "./surface/registrar.ts";

export type { CallbackTls } from "./settings.ts";

/** Settings of {@link startCore}. */
export interface LocalBinduOptions
  extends LocalOptions<BinduRecord>,
    Partial<{ readonly [Name in keyof BinduSettings]: BinduSettings[Name] | undefined }> {}

/** What a running core offers beside what every local server does. */
export interface BinduOffer {
  /** Where agents register, as `HOST:PORT`. */
  readonly addr: string;
  /** The server's time. */
  now(): Date;
}

/** A running core. Its stop gives handlers 5 s to finish. */
export type LocalBindu = LocalServer & BinduOffer;

/** What a stop gives running handlers, and then the answers that wait for them, in milliseconds. */
const handlerGraceMs = 5_000;
const answerGraceMs = 1_000;

/** Bindu's core as core's `startLocal` and `runLocal` take it. */
export const bindu: LocalService<BinduSettings, BinduRecord, BinduOffer> = {
  name: "x-bindu",
  title: "Bindu",
  version: packageVersion,
  summary:
    "agents of any language behind A2A: registered over gRPC, served over HTTP (unofficial, compatible)",
  metricsPrefix: "bindu",
  listens: "gRPC",
  port: defaultCorePort,
  operator: { name: "metrics", what: "the operator's page, /healthz and /metrics", port: 9093 },
  settings,
  store: { product: "bindu", memoryRecords: 1_000, codec: jsonCodec() },
  stopBoundMs: 8_000,

  async open({ values, clock, peerClock, log, registry, kernel, url }) {
    const engine = await startEngine({ kernel, rules: rulesOf(values) });
    const identities = createIdentities({ dataDir: values.dataDir, log, nowMs: () => engine.now().wall });
    const pool = createAgentPool(
      { credentials: values.callbackTls, maxMessageBytes: values.maxMessageBytes ?? 16 * 1024 * 1024 },
      peerClock,
    );
    let stopping = false;
    let countAnswer = (_agentId: string, _answered: Answered): void => undefined;
    const calls = startHandlerCalls({
      engine,
      pool,
      documents: createDocuments(),
      identityOf: (agentId) => identities.of(agentId).identity,
      timeoutMs: values.handlerTimeoutSeconds * 1_000,
      structuredResponses: values.structuredResponses,
      log,
      peerClock,
      onCall: (call) => metrics.countCall(call),
    });
    const liveness = createLiveness(clock, async (agentId) => {
      const agent = engine.peek((state) => state.agents.get(agentId));
      return agent !== undefined && (await pool.isHealthy(agent));
    });
    const webhooks = { publicOnly: values.publicWebhooks };
    const surface: Surface = {
      engine,
      identities,
      liveness,
      calls,
      log,
      peerClock,
      blockingMs: values.handlerTimeoutSeconds * 1_000 + 5_000,
      webhooks,
      isDurable: values.dataDir !== undefined,
      startedMono: clock.now().mono,
      metricsOf: (agentId) => metrics.of(agentId),
      isStopping: () => stopping,
    };
    const listeners = createAgentListeners({
      surface,
      face: a2aFace,
      log,
      onAnswer: (agentId, answered) => countAnswer(agentId, answered),
    });
    const metrics = createMetrics({
      registry,
      engine,
      running: calls.running,
      openRequests: listeners.openRequests,
    });
    countAnswer = metrics.countAnswer;
    const registrar = createRegistrar({ surface, listeners, pool, coreVersion: packageVersion, log });
    // What waits begins as soon as what was interrupted has ended, and its answer is signed.
    await registrar.takeKeys();
    await failInterrupted(engine);
    const nowAndThen = sayNowAndThen();
    const workers: Outbox[] = [];
    const a2aAttempt = a2aDelivery({
      engine,
      signerOf: (agentId) => ({ ...agentOf(surface, agentId), ...identities.of(agentId) }),
      peerClock,
      webhooks,
    });

    return {
      engine,
      listeners: [
        {
          name: "grpc",
          what: "gRPC",
          async listen(address) {
            const grpc = createGrpcServer({
              routes: binduRoutes({
                registrar,
                nowMs: () => engine.now().wall,
                onHeartbeat: metrics.countHeartbeat,
              }),
              readMaxBytes: values.maxMessageBytes,
              onCallEnd({ path, code, error }) {
                if (code === Code.Internal || code === Code.Unknown) {
                  nowAndThen(path, (leftOut) =>
                    log.error({ path, leftOut, err: error }, "a call failed with an error of the core"),
                  );
                }
              },
            });
            const bound = await bindHosts(
              address,
              async (host, port) => (await grpc.listen({ host, port })).port,
            );
            if (!isLoopback(bound.host)) {
              log.warn(
                { host: bound.host },
                "anyone who can reach this port can register an agent: nothing is authenticated",
              );
            }
            await registrar.restore();
            return {
              ...bound,
              async close(options) {
                await grpc.close(options);
                // In a stop the agents' ports answer until their handlers are through.
                if (!stopping) {
                  await listeners.closeAll(0);
                }
              },
            };
          },
        },
      ],
      async drain() {
        stopping = true;
        await engine.run({ type: "drain" }).catch(() => undefined);
        await calls.close(handlerGraceMs);
        await listeners.closeAll(answerGraceMs);
      },
      started() {
        workers.push(
          startPushWorker({
            engine,
            form: "bindu",
            attempt: (push, signal) => tellWebhook(push, { peerClock, signal, webhooks }),
            log,
            peerClock,
          }),
          startPushWorker({ engine, form: "a2a", attempt: a2aAttempt, log, peerClock }),
        );
        return {
          async idle() {
            await calls.idle();
            await Promise.all(workers.map((worker) => worker.idle()));
          },
          async close() {
            liveness.close();
            await Promise.all(workers.map((worker) => worker.close()));
            await pool.close();
          },
        };
      },
      readings: { "/agents.json": () => agentList(engine, listeners.isOpen) },
      pages: binduPages({ surface, coreAddress: () => new URL(url()).host, isServed: listeners.isOpen }),
      offer: {
        get addr() {
          return new URL(url()).host;
        },
        now: () => new Date(engine.now().wall),
      },
    };
  },
};

/** The agents that are served, for programs on the operator's port. */
const agentList = (engine: Engine, isOpen: (agentId: string) => boolean): readonly object[] =>
  engine.peek(({ agents }) =>
    [...agents.values()]
      .filter(({ agentId }) => isOpen(agentId))
      .map(({ agentId, did, config: { name, description, url } }) => ({
        agentId,
        did,
        name,
        description,
        url,
      })),
  );

/** What ran when the last core ended is told to have failed, before anybody can ask. */
async function failInterrupted(engine: Engine): Promise<void> {
  const interrupted = engine.peek(({ shelves }) =>
    [...shelves].flatMap(([agentId, { running, tasks }]) =>
      [...running]
        .flatMap((taskId) => tasks.get(taskId) ?? [])
        .map(({ taskId, place, turns }) => ({ agentId, taskId, place, turn: turns.length - 1 })),
    ),
  );
  const ending = () => failure(`${failurePrefix}core restarted`);
  await Promise.all(interrupted.map((ref) => engine.run({ type: "endTurn", ...ref, ...ending() })));
}

/**
 * Starts a core. `close()` gives running handlers 5 s.
 *
 * @throws {TypeError} for an option that is none, or of a wrong kind
 * @throws {RangeError} for a number out of its bounds
 * @throws {StartError} when a port is taken, or the store cannot be opened
 */
export function startCore(options: LocalBinduOptions = {}): Promise<LocalBindu> {
  return startLocal(bindu, options);
}

/** The same under the name that other services' servers have. */
export { startCore as startLocalBindu };

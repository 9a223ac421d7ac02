// Starts a service as a server: settings, store, rules, listeners, operator's port, in this order; and one way to stop.

import { resolve } from "node:path";
import { Registry } from "prom-client";
import { systemClock } from "../../clock.ts";
import { messageOf } from "../../errors/foreign.ts";
import type { Page } from "../http/pages/page.ts";
import { servePages } from "../http/pages/serve.ts";
import type { Log } from "../shared/logger.ts";
import { type Journal, JournalError } from "../store/journal.ts";
import { createMemoryJournal } from "../store/memory-journal.ts";
import { plainCodec } from "../store/plain-codec.ts";
import { createSqliteJournal } from "../store/sqlite/journal.ts";
import { formatAddress, isLoopback, type ListenAddress, loopback } from "./address.ts";
import { type CommonValues, serverSettings } from "./common-settings.ts";
import { kernelMetrics } from "./kernel-metrics.ts";
import type {
  BoundListener,
  LocalEngine,
  LocalListener,
  LocalServer,
  LocalService,
  Worker,
} from "./local-service.ts";
import { listenForOperators, type OperatorListener, type OperatorPages } from "./operator-listener.ts";
import { type OptionsOf, readSettings, SettingError } from "./settings.ts";
import { createUnwinding } from "./unwinding.ts";
import { createVirtualTime, notVirtual, type VirtualTime } from "./virtual-time.ts";

/** The server could not start: a port that is taken, a directory that another process holds. Exit code 1. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** What a stop gives running requests, in milliseconds. */
const drainMs = 1_500;

/** How often a stop of the process is looked for, in milliseconds; in virtual time none can be told. */
const tickMs = 200;

/**
 * Starts a service.
 *
 * @throws {TypeError} for an option that is none, or of a wrong kind; {@link SettingError} for two that exclude each other
 * @throws {RangeError} for a number out of its bounds
 * @throws {StartError} when a port is taken, or the store cannot be opened
 */
export async function startLocal<Values, Record, Offer extends object>(
  service: LocalService<Values, Record, Offer>,
  options: OptionsOf<CommonValues<Record> & Values>,
): Promise<LocalServer & Offer> {
  const values = readSettings(serverSettings<Values, Record>(service, service.settings), options);
  const { log, dataDir, metricsAddr = loopback(0), addr = loopback(values.port) } = values;
  const operatorAddress = metricsAddr === "off" ? undefined : metricsAddr;
  if (values.clock === "virtual") {
    demandLoopback(operatorAddress === undefined ? [addr] : [addr, operatorAddress]);
  }
  service.check?.(values, addr);

  const store = dataDir === undefined ? "memory" : resolve(dataDir);
  const registry = new Registry();
  const ports: BoundPort[] = [];
  const running: { engine?: LocalEngine; worker?: Worker; operators?: OperatorListener } = {};
  const idle = async (): Promise<void> => {
    // What one of them does may give the other something to do.
    await running.engine?.idle();
    await running.worker?.idle();
    await running.engine?.idle();
  };
  const time = values.clock === "virtual" ? createVirtualTime(idle) : undefined;
  const clock = values.clock === "virtual" ? (time?.clock ?? systemClock) : values.clock;

  const unwinding = createUnwinding();
  try {
    const { engine, listeners, drain, pages, readings, started, offer } = await openStore(dataDir, () =>
      service.open({
        values,
        clock,
        peerClock: time === undefined ? clock : systemClock,
        log,
        registry,
        store,
        kernel: {
          journal: values.journal ?? journalFor(service, values),
          clock,
          log,
          tickMs: time === undefined ? tickMs : Number.POSITIVE_INFINITY,
        },
        url: () => ports[0]?.url ?? "",
        operatorAddress: () => running.operators?.address ?? "",
      }),
    );
    running.engine = engine;
    unwinding.add(() => engine.close());
    engine.observe(kernelMetrics(registry, service.metricsPrefix, engine));
    for (const listener of listeners) {
      const port = await listen(listener, listener.address ?? addr);
      unwinding.add(() => port.close({ graceMs: 0 }));
      ports.push(port);
    }
    engine.ready();
    const worker = started?.();
    if (worker !== undefined) {
      running.worker = worker;
      unwinding.add(() => worker.close());
    }
    if (operatorAddress !== undefined) {
      const shown = operatorPages({ service, engine, pages, readings, ports, store, registry, time, log });
      running.operators = await listenFor("the operator's port", operatorAddress, () =>
        listenForOperators(shown, { address: operatorAddress, orFreePort: values.metricsMayMove }),
      );
    }
    const { operators } = running;
    const [first] = ports;
    if (first === undefined) {
      throw new TypeError(`${service.name} listens nowhere`);
    }

    const stop = async (): Promise<void> => {
      // Whatever waits for an event ends first, so that the listeners have nothing left to wait for.
      await Promise.all([
        drain === undefined ? engine.close() : drain(),
        ...ports.map((port) => port.close({ graceMs: drainMs })),
        operators?.close(),
      ]);
      await worker?.close();
      await engine.close();
    };
    let stopping: Promise<void> | undefined;
    const close = (): Promise<void> => {
      stopping ??= stop();
      return stopping;
    };
    const server: LocalServer = {
      host: first.host,
      port: first.port,
      address: first.address,
      url: first.url,
      addresses: Object.fromEntries(ports.map(({ name, address }) => [name, address])),
      metricsUrl: operators === undefined ? undefined : `http://${operators.address}/`,
      metricsMoved: operators?.moved ?? false,
      store,
      isVirtual: time !== undefined,
      advance: async (ms) => {
        if (time === undefined) {
          throw notVirtual(service.name);
        }
        await time.advance(ms);
      },
      close,
      [Symbol.asyncDispose]: close,
    };
    // Not spread, which would read what changes once and for all.
    return Object.defineProperties(server, Object.getOwnPropertyDescriptors(offer)) as LocalServer & Offer;
  } catch (error) {
    await unwinding.unwind();
    throw error;
  }
}

interface BoundPort extends BoundListener {
  readonly name: string;
  readonly address: string;
  readonly url: string;
}

async function listen(listener: LocalListener, at: ListenAddress): Promise<BoundPort> {
  const { name, what, scheme = "http" } = listener;
  const { host, port, close } = await listenFor(what, at, () => listener.listen(at));
  const address = formatAddress(host, port);
  return { name, host, port, address, url: `${scheme}://${address}`, close };
}

/** What the operator's port shows of a running server. */
function operatorPages(running: {
  readonly service: { readonly title: string; readonly version: string };
  readonly engine: LocalEngine;
  readonly pages: readonly Page[];
  readonly readings: OperatorPages["readings"];
  readonly ports: readonly BoundPort[];
  readonly store: string;
  readonly registry: Registry;
  readonly time: VirtualTime | undefined;
  readonly log: Log;
}): OperatorPages {
  const { service, engine, pages, readings, ports, store, registry, time, log } = running;
  const site = servePages({
    name: service.title,
    pages,
    facts: () => [
      ...ports.map(({ address }) => address),
      `store ${store}`,
      service.version,
      ...(time === undefined ? [] : ["virtual time"]),
    ],
    health: () =>
      engine.healthy ? { well: true, words: "healthy" } : { well: false, words: "the store takes no writes" },
    onFault: (error, path) => log.error({ path, err: error }, "a page could not be made"),
  });
  return {
    pages: site,
    healthy: () => engine.healthy,
    damage: () => engine.damage?.message,
    metrics: registry,
    readings,
    time,
  };
}

function demandLoopback(addresses: readonly ListenAddress[]): void {
  const others = addresses.flatMap(({ hosts }) => hosts).filter((host) => !isLoopback(host));
  if (others.length > 0) {
    throw new SettingError(
      `virtual time is for this machine alone: whoever reaches the server could move it. Listen on loopback, not on ${others.join(", ")}`,
    );
  }
}

function journalFor<Values, Record, Offer extends object>(
  { store }: LocalService<Values, Record, Offer>,
  { dataDir, fsync, verify }: CommonValues<Record>,
): Journal<Record> {
  const { memoryRecords, product, adopts, codec = plainCodec<Record>() } = store;
  return dataDir === undefined
    ? createMemoryJournal<Record>({ retainRecords: memoryRecords })
    : createSqliteJournal<Record>({ directory: dataDir, product, adopts, fsync, verify, codec });
}

/** A store that cannot be opened is a reason not to start, told with its place. @throws {StartError} */
async function openStore<Opened>(dataDir: string | undefined, open: () => Promise<Opened>): Promise<Opened> {
  try {
    return await open();
  } catch (error) {
    if (dataDir !== undefined && error instanceof JournalError) {
      throw new StartError(`cannot open the store in ${resolve(dataDir)}: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** An address that cannot be had is a reason not to start. @throws {StartError} */
async function listenFor<Bound>(
  what: string,
  address: ListenAddress,
  bind: () => Promise<Bound>,
): Promise<Bound> {
  try {
    return await bind();
  } catch (error) {
    const where = address.hosts.map((host) => formatAddress(host, address.port)).join(", ");
    const why = messageOf(error);
    throw new StartError(`cannot listen on ${where} for ${what}: ${why}`, { cause: error });
  }
}

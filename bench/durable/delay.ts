// From the call of a durable change to the event that a watcher sees of it, one change after the other.

import { createClient } from "@connectrpc/connect";
import { AgentKeeperClient } from "@x/agentkeeper";
import { LeaseService, RegistryService } from "@x/agentkeeper/proto";
import { createGrpcTransport } from "@x/core/rpc";
import { median } from "../shared/quantiles.ts";
import { KV, Watch, type WatchRequest } from "./gen/etcdserverpb/rpc_pb.ts";

/** Enough for both sides to run compiled code, as they do in a process that has been up for a minute. */
const warmUps = 2_000;
const changes = 500;

/** Median milliseconds from the start of AcquireLease to its `lease.acquired` event, by the generated stubs. */
export async function keeperDelayMs(port: number, agentId: string): Promise<number> {
  await using transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` });
  const leases = createClient(LeaseService, transport);
  const stop = new AbortController();
  const events = createArrivals();
  const open = Promise.withResolvers<void>();
  const reading = (async () => {
    const watch = createClient(RegistryService, transport).watch(
      { topics: ["lease.acquired"] },
      { signal: stop.signal, onHeader: () => open.resolve() },
    );
    for await (const _ of watch) {
      events.arrived();
    }
  })().catch(open.reject);
  await open.promise;
  const result = await medianOf(events, (index) =>
    leases.acquireLease({ taskId: `delay-${index}`, agentId, ttlSeconds: 30 }),
  );
  stop.abort();
  await reading;
  return result;
}

/** The same as its users have it: our client on both ends of the way. */
export async function clientDelayMs(port: number, agentId: string): Promise<number> {
  await using client = new AgentKeeperClient({ host: "127.0.0.1", port });
  const events = createArrivals();
  const watch = client.watch(["lease.acquired"], () => events.arrived());
  await watch.ready;
  return await medianOf(events, (index) => client.acquireLease(`client-delay-${index}`, agentId));
}

/** Median milliseconds from the start of Put to its event, by the generated stubs. */
export async function etcdDelayMs(port: number): Promise<number> {
  await using transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` });
  const kv = createClient(KV, transport);
  const stop = Promise.withResolvers<void>();
  async function* requests(): AsyncGenerator<
    Partial<WatchRequest> & { createRequest: WatchRequest["createRequest"] }
  > {
    yield {
      createRequest: { $typeName: "etcdserverpb.WatchCreateRequest", key: "delay-", rangeEnd: "delay." },
    };
    await stop.promise;
  }
  const events = createArrivals();
  const created = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const response of createClient(Watch, transport).watch(requests())) {
      if (response.created) {
        created.resolve();
      }
      if (response.events.length > 0) {
        events.arrived();
      }
    }
  })().catch(created.reject);
  await created.promise;
  const result = await medianOf(events, (index) => kv.put({ key: `delay-${index}`, value: "x".repeat(128) }));
  stop.resolve();
  await transport.close();
  await reading;
  return result;
}

/** When the next event came. */
interface Arrivals {
  arrived(): void;
  next(): Promise<number>;
}

function createArrivals(): Arrivals {
  let seen: ((at: number) => void) | undefined;
  return {
    arrived: () => seen?.(performance.now()),
    next: () =>
      new Promise((resolve) => {
        seen = resolve;
      }),
  };
}

/** @param change makes a change, of which one event comes */
async function medianOf(events: Arrivals, change: (index: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < warmUps + changes; index += 1) {
    const event = events.next();
    const begin = performance.now();
    const changed = change(index);
    const seenAt = await event;
    await changed;
    if (index >= warmUps) {
      times.push(seenAt - begin);
    }
  }
  return median(times);
}

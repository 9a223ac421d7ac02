// From a durable change to the event that a watcher sees of it, one change after the other.

import { createClient } from "@connectrpc/connect";
import { AgentKeeperClient } from "@x/agentkeeper";
import { createGrpcTransport } from "@x/core/rpc";
import { median } from "../shared/quantiles.ts";
import { KV, Watch, type WatchRequest } from "./gen/etcdserverpb/rpc_pb.ts";

const warmUps = 50;
const changes = 500;

/** Median milliseconds from the start of AcquireLease to its `lease.acquired` event. */
export async function keeperDelayMs(port: number, agentId: string): Promise<number> {
  await using client = new AgentKeeperClient({ host: "127.0.0.1", port });
  let seen: (() => void) | undefined;
  const watch = client.watch(["lease.acquired"], () => seen?.());
  await watch.ready;
  return await medianOf(async (index) => {
    const event = new Promise<void>((resolve) => {
      seen = resolve;
    });
    await Promise.all([client.acquireLease(`delay-${index}`, agentId), event.then(() => undefined)]);
  });
}

/** Median milliseconds from the start of Put to its event. */
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
  let seen: (() => void) | undefined;
  const created = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const response of createClient(Watch, transport).watch(requests())) {
      if (response.created) {
        created.resolve();
      }
      if (response.events.length > 0) {
        seen?.();
      }
    }
  })().catch(() => undefined);
  await created.promise;
  const result = await medianOf(async (index) => {
    const event = new Promise<void>((resolve) => {
      seen = resolve;
    });
    await Promise.all([kv.put({ key: `delay-${index}`, value: "x".repeat(128) }), event]);
  });
  stop.resolve();
  await transport.close();
  await reading;
  return result;
}

async function medianOf(change: (index: number) => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < warmUps + changes; index += 1) {
    const begin = performance.now();
    await change(index);
    if (index >= warmUps) {
      times.push(performance.now() - begin);
    }
  }
  return median(times);
}

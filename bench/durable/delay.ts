// From the call of a durable change to the event that a watcher sees of it, one change after the other.

import { createClient } from "@connectrpc/connect";
import { AgentKeeperClient } from "@x/agentkeeper";
import { createGrpcTransport } from "@x/core/rpc";
import { median } from "../shared/quantiles.ts";
import { KV, Watch, type WatchRequest } from "./gen/etcdserverpb/rpc_pb.ts";

/** Enough for both sides to run compiled code, as they do in a process that has been up for a minute. */
const warmUps = 2_000;
const changes = 500;

/** Median milliseconds from the start of AcquireLease to its `lease.acquired` event. */
export async function keeperDelayMs(port: number, agentId: string): Promise<number> {
  await using client = new AgentKeeperClient({ host: "127.0.0.1", port });
  let seen: ((at: number) => void) | undefined;
  const nextEvent = (): Promise<number> =>
    new Promise((resolve) => {
      seen = resolve;
    });
  const watch = client.watch(["lease.acquired"], () => seen?.(performance.now()));
  await watch.ready;
  return await medianOf(async (index) => {
    const event = nextEvent();
    const acquired = client.acquireLease(`delay-${index}`, agentId);
    const seenAt = await event;
    await acquired;
    return seenAt;
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
  let seen: ((at: number) => void) | undefined;
  const nextEvent = (): Promise<number> =>
    new Promise((resolve) => {
      seen = resolve;
    });
  const created = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const response of createClient(Watch, transport).watch(requests())) {
      if (response.created) {
        created.resolve();
      }
      if (response.events.length > 0) {
        seen?.(performance.now());
      }
    }
  })().catch(() => undefined);
  await created.promise;
  const result = await medianOf(async (index) => {
    const event = nextEvent();
    const put = kv.put({ key: `delay-${index}`, value: "x".repeat(128) });
    const seenAt = await event;
    await put;
    return seenAt;
  });
  stop.resolve();
  await transport.close();
  await reading;
  return result;
}

/** @param change makes a change and answers when its event came */
async function medianOf(change: (index: number) => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < warmUps + changes; index += 1) {
    const begin = performance.now();
    const seenAt = await change(index);
    if (index >= warmUps) {
      times.push(seenAt - begin);
    }
  }
  return median(times);
}

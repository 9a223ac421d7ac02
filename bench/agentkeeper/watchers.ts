// Load: watchers of lease events, `node watchers.ts PORT WATCHERS KIND CONNECTIONS`. KIND is `client` for our client, or
// `plain` for the watch that the official client uses, read with generated code.
//
// Asked `{ upTo }`, it answers when every watcher has seen that sequence, with what it saw since it was last asked.

import { fromBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { AgentKeeperClient, type WatchEvent } from "@x/agentkeeper";
import { LeaseSchema, RegistryService } from "@x/agentkeeper/proto";
import { createGrpcTransport } from "@x/core/rpc";
import { serveParent } from "../shared/programs.ts";

/** What the watchers of one process have seen. */
export interface Seen {
  readonly deliveries: number;
  /** From the start of the acquire call to the event, in milliseconds. */
  readonly latenciesMs: number[];
  /** Events that came out of order or more than once. */
  readonly disorders: number;
}

const [port = "0", watchers = "1", kind = "client", connections = "1"] = process.argv.slice(2);
const prefix = "t:";

let deliveries = 0;
let disorders = 0;
let latenciesMs: number[] = [];
const last: number[] = [];
let check: (() => void) | undefined;

/** Counts an event. Keys of acquired leases carry the time of their call on the clock that all processes share. */
function see(watcher: number, sequence: number, topic: string, key: string): void {
  deliveries += 1;
  if (sequence <= (last[watcher] ?? 0)) {
    disorders += 1;
  }
  last[watcher] = sequence;
  if (topic === "lease.acquired" && key.startsWith(prefix)) {
    latenciesMs.push(Number(process.hrtime.bigint() - BigInt(key.slice(prefix.length))) / 1e6);
  }
  check?.();
}

async function watchWithClient(watcher: number, client: AgentKeeperClient): Promise<void> {
  const subscription = client.watch(["lease."], (event: WatchEvent) => {
    const key = event.payload !== null && "taskId" in event.payload ? event.payload.taskId : "";
    see(watcher, Number(event.sequence), event.topic, key);
  });
  await subscription.ready;
}

async function watchPlainly(
  watcher: number,
  registry: ReturnType<typeof createClient<typeof RegistryService>>,
): Promise<void> {
  const ready = Promise.withResolvers<void>();
  const events = registry.watch({ topics: ["lease."] }, { onHeader: () => ready.resolve() });
  void (async () => {
    for await (const { topic, sequenceNumber, payload } of events) {
      const key = payload === undefined ? "" : fromBinary(LeaseSchema, payload.value).taskId;
      see(watcher, Number(sequenceNumber), topic, key);
    }
  })();
  await ready.promise;
}

const each = Math.ceil(Number(watchers) / Number(connections));
const starting: Promise<void>[] = [];
for (let watcher = 0; watcher < Number(watchers); ) {
  if (kind === "client") {
    const client = new AgentKeeperClient({ host: "127.0.0.1", port: Number(port) });
    for (let n = 0; n < each && watcher < Number(watchers); n += 1, watcher += 1) {
      starting.push(watchWithClient(watcher, client));
    }
  } else {
    const registry = createClient(
      RegistryService,
      createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }),
    );
    for (let n = 0; n < each && watcher < Number(watchers); n += 1, watcher += 1) {
      starting.push(watchPlainly(watcher, registry));
    }
  }
}
await Promise.all(starting);
last.length = Number(watchers);
last.fill(0);

serveParent<{ upTo: number }>(async ({ upTo }): Promise<Seen> => {
  const done = Promise.withResolvers<void>();
  check = () => {
    // The last watcher is enough to look at most of the time: all are served in one order.
    if ((last.at(-1) ?? 0) >= upTo && last.every((sequence) => sequence >= upTo)) {
      done.resolve();
    }
  };
  check();
  await done.promise;
  check = undefined;
  const seen = { deliveries, latenciesMs, disorders };
  deliveries = 0;
  disorders = 0;
  latenciesMs = [];
  return seen;
});

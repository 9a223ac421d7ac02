// Watches: the events of the bus, and the changes of leadership of one group, as subscriptions that reconnect.
import { createSubscription, type Subscription, type SubscriptionOptions } from "@x/core";
import { type Connection, serviceName, toError } from "./connection.ts";
import type { Event } from "./gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { ElectionState, WatchEvent } from "./types.ts";
import { decodeEvent } from "./wire/decode.ts";
import { latestFirstHeader } from "./wire/headers.ts";

/**
 * Options of a watch: buffering, `signal`, `onResync`, `onEnd`, `onState`, `onCallbackError`. The daemon's wire cannot
 * resume, so every reconnect is a gap: `onResync` is called if given, else the stream ends with `resume_gap`.
 */
export type WatchOptions = Omit<SubscriptionOptions<WatchEvent, bigint>, "cursor" | "onItem">;

/** Options of an election watch; as for {@link WatchOptions}, save that our daemon shows the latest change first. */
export type WatchElectionOptions = Omit<SubscriptionOptions<ElectionState, string>, "cursor" | "onItem">;

export function watch(
  connection: Connection,
  topics: readonly string[],
  onEvent: ((event: WatchEvent) => void | Promise<void>) | undefined,
  options: WatchOptions = {},
): Subscription<WatchEvent, bigint> {
  return createSubscription<WatchEvent, Event, bigint>(
    {
      service: serviceName,
      operation: "watch",
      resumable: false,
      open: ({ signal, ready }) =>
        connection.registry.watch({ topics: [...topics] }, { signal, timeoutMs: 0, onHeader: () => ready() }),
      receive: (message, sink) => sink.push(decodeEvent(message), message.sequenceNumber),
      // Live events only: nothing comes twice, and a daemon without a disk counts from 1 again after a restart.
      isDuplicate: () => false,
      toError,
    },
    { clock: connection.clock, ...options, ...(onEvent === undefined ? {} : { onItem: onEvent }) },
  );
}

export function watchElection(
  connection: Connection,
  group: string,
  onChange: ((state: ElectionState) => void | Promise<void>) | undefined,
  options: WatchElectionOptions = {},
): Subscription<ElectionState, string> {
  let showsLatestFirst = false;
  return createSubscription<ElectionState, Event, string>(
    {
      service: serviceName,
      operation: "watchElection",
      // A daemon that shows the latest change first leaves no gap in who leads now.
      get resumable() {
        return showsLatestFirst;
      },
      open: ({ signal, ready }) =>
        connection.elections.watchElection(
          { group },
          {
            signal,
            timeoutMs: 0,
            onHeader(headers) {
              showsLatestFirst = headers.has(latestFirstHeader);
              ready();
            },
          },
        ),
      receive(message, sink) {
        const { payload } = decodeEvent(message);
        if (payload !== null && "leaderAgentId" in payload) {
          sink.push(payload, changeOf(payload));
        }
      },
      isDuplicate: (change, last) => change === last,
      toError,
    },
    { clock: connection.clock, ...options, ...(onChange === undefined ? {} : { onItem: onChange }) },
  );
}

/** Tells one change of leadership from another, also across stores. */
function changeOf({ term, leaderAgentId, electedAt }: ElectionState): string {
  return `${term} ${leaderAgentId} ${electedAt?.getTime() ?? ""}`;
}

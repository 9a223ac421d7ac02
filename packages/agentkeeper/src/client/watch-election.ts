// The election watch: changes of leadership of one group as a subscription that reconnects.
import {
  checkArgument,
  createSubscription,
  must,
  type Subscription,
  type SubscriptionOptions,
} from "@x/core/base";
import type { Event } from "../gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { ElectionState } from "../types.ts";
import { latestFirstHeader } from "../wire/headers.ts";
import { checkTexts, serviceName } from "./checks.ts";
import { type Connection, toError } from "./connection.ts";
import { decodePayload } from "./decode/decode.ts";

/**
 * Options of an election watch: buffering, `signal`, `onResync`, `onEnd`, `onState`, `onCallbackError`. Our daemon
 * shows the latest change first, so a reconnect leaves no gap; another daemon's is one.
 */
export type WatchElectionOptions = Omit<SubscriptionOptions<ElectionState, string>, "cursor" | "onItem">;

export function watchElection(
  connection: Connection,
  group: string,
  onChange: ((state: ElectionState) => void | Promise<void>) | undefined,
  options: WatchElectionOptions = {},
): Subscription<ElectionState, string> {
  checkTexts("watchElection", { group });
  if (onChange !== undefined) {
    checkArgument("onChange", onChange, must.beFunction, {
      service: serviceName,
      operation: "watchElection",
    });
  }
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
        const payload = decodePayload(message.payload);
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

// Callers that send one event after the other, to several networks in turns: `send-load.ts PLAN`. Each caller is an agent; queues
// are emptied between slices, long before one is full.

import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@x/core/rpc";
import { AgentService } from "@x/openagents/proto";
import { packPayload } from "../../packages/openagents/src/wire/any.ts";
import type { LoadTimes } from "../shared/load.ts";
import { type CallTarget, callInTurns, type PostTarget, posting } from "../shared/post-load.ts";
import { type BenchAgent, channelPost, drain, isTaken, message, type SentEvent } from "./agents.ts";

/** Where a share of the load goes, and over what. */
export interface SendTarget {
  readonly url: string;
  /** Over gRPC, where it is there. */
  readonly grpcUrl?: string;
  /** The callers first; all are emptied. */
  readonly agents: readonly BenchAgent[];
}

interface Plan extends LoadTimes {
  readonly targets: readonly SendTarget[];
  /** Messages from each to the next one, or posts to the channel of all. */
  readonly what: "messages" | "posts";
}

const { targets, what, ...times } = JSON.parse(process.argv[2] ?? "") as Plan;

function eventOf(agents: readonly BenchAgent[], caller: number): SentEvent {
  const from = agents[caller]?.id ?? "";
  return what === "posts"
    ? channelPost(from)
    : message(from, agents[(caller + 1) % times.callers]?.id ?? "", { text: "Is the report there?" });
}

/** Empties the queues when so many calls have gone by. */
const mostQueued = 5_000;

/** What empties the queues of a target before a slice, and is told of each call. */
function createDrain({ url, agents }: SendTarget): { begin(): Promise<void>; count(): void } {
  let calls = 0;
  return {
    async begin() {
      if (calls >= mostQueued) {
        calls = 0;
        await drain(url, agents);
      }
    },
    count() {
      calls += 1;
    },
  };
}

function overHttp(to: SendTarget): CallTarget {
  const { url, agents } = to;
  const drained = createDrain(to);
  const target: PostTarget = {
    begin: drained.begin,
    next: (caller) => ({
      url: `${url}/api/send_event`,
      body: JSON.stringify({
        ...eventOf(agents, caller),
        event_id: crypto.randomUUID(),
        metadata: {},
        visibility: "network",
        secret: agents[caller]?.secret,
      }),
    }),
    isGood(text) {
      drained.count();
      return isTaken(text);
    },
  };
  return posting(target, times.callers);
}

function overGrpc(to: SendTarget, grpcUrl: string): CallTarget {
  const { agents } = to;
  const drained = createDrain(to);
  const transport = createGrpcTransport({ baseUrl: grpcUrl });
  const client = createClient(AgentService, transport);
  return {
    begin: drained.begin,
    async call(caller) {
      drained.count();
      const { event_name, source_id, target_agent_id, payload } = eventOf(agents, caller);
      const { success, message: told } = await client.sendEvent({
        eventId: crypto.randomUUID(),
        eventName: event_name,
        sourceId: source_id,
        targetAgentId: target_agent_id,
        payload: packPayload(payload),
        timestamp: BigInt(Math.floor(Date.now() / 1_000)),
        visibility: "network",
        secret: agents[caller]?.secret ?? "",
      });
      if (!success) {
        throw new Error(told);
      }
      return true;
    },
    end: () => transport[Symbol.asyncDispose](),
  };
}

await callInTurns(
  targets.map((target) =>
    target.grpcUrl === undefined ? overHttp(target) : overGrpc(target, target.grpcUrl),
  ),
  times,
);

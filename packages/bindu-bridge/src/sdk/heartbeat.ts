// The heartbeat of an agent: it finds out that a core is gone, and that one is back that knows nothing.

import { linkSignals, messageOf, sleep } from "@x/core/base";
import type { HeartbeatResponse } from "../gen/bindu/grpc/agent_handler_pb.ts";
import type { EventHub } from "./agent-events.ts";

export interface HeartbeatOptions {
  readonly intervalMs: number;
  readonly events: EventHub;
  readonly signal: AbortSignal;
  beat(signal: AbortSignal): Promise<HeartbeatResponse>;
  /** The core does not know the agent. */
  reregister(): Promise<void>;
  warn(text: string): void;
}

/** A heartbeat that goes on until its signal aborts. */
export interface Heartbeat {
  /** Beats now, whatever the time. */
  nudge(): void;
  readonly ended: Promise<void>;
}

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { intervalMs, events, signal } = options;
  let wake = (): void => {};

  /** One beat, and how long to wait for the next. */
  const beat = async (failures: number): Promise<number> => {
    try {
      const { acknowledged, serverTimestamp } = await options.beat(signal);
      events.emit("heartbeat", { acknowledged, serverTime: new Date(Number(serverTimestamp)) });
      if (!acknowledged) {
        events.emit("lost", { reason: "unknown" });
        await options.reregister();
      }
      return 0;
    } catch (error) {
      if (!signal.aborted) {
        options.warn(`the heartbeat failed: ${messageOf(error)}`);
        events.emit("lost", { reason: "unreachable", error });
      }
      return failures + 1;
    }
  };

  const run = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted; failures = await beat(failures)) {
      const backoffMs =
        Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1)) * (0.8 + Math.random() * 0.4);
      using nudged = linkSignals(signal);
      wake = () => nudged.abort();
      await sleep(failures === 0 ? intervalMs : backoffMs, { signal: nudged.signal, ref: false }).catch(
        () => {},
      );
      if (signal.aborted) {
        return;
      }
    }
  };
  return { nudge: () => wake(), ended: run() };
}

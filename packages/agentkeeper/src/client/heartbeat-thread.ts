// Heartbeats from a worker thread, for programs whose event loop may be blocked for longer than an agent may be silent.
import { Worker } from "node:worker_threads";
import { FailedPreconditionError, NotFoundError, packageFile } from "@x/core/base";
import { createAgentHandle, type Heartbeats, type OwnedAgent, type Registration } from "./agent-handle.ts";
import { serviceName } from "./checks.ts";
import type { Connection, DaemonAddress } from "./connection.ts";

/** What the thread is told. */
export type ThreadOrder = "pause" | "resume" | "stop";

/** What the thread is started with. Monotonic times of two threads differ, so it gets a span instead. */
export interface ThreadStart {
  readonly address: DaemonAddress;
  readonly agentId: string;
  readonly ttlSeconds: number;
  /** How long ago the registration was sent. */
  readonly sentAgoMs: number;
}

/** What the thread tells. */
export type ThreadNews =
  /** `sentAtNs` is of `process.hrtime`, which all threads share and no step of the wall clock moves. */
  | { readonly news: "confirmed"; readonly sentAtNs: bigint }
  | { readonly news: "lost"; readonly code: string; readonly message: string }
  | { readonly news: "paused" };

/**
 * The program of the thread. Looked for before an agent is registered, which would die without it.
 *
 * @throws FailedPreconditionError `thread_not_found`
 */
export function heartbeatThreadFile(): URL {
  const file = packageFile("@x/agentkeeper", "dist/client/heartbeat-worker.js", import.meta.url);
  if (file === undefined) {
    throw new FailedPreconditionError(
      "register: the file of the thread that would send the heartbeats is not beside this code. In a bundle, keep @x/agentkeeper external, or send them from the main thread.",
      { service: serviceName, operation: "register", code: "thread_not_found" },
    );
  }
  return file;
}

/** Keeps an agent alive from a thread of its own, which ends with the agent. */
export function keepAliveFromWorker(
  connection: Connection,
  registration: Registration,
  address: DaemonAddress,
  onEnd: (handle: OwnedAgent) => void,
): OwnedAgent {
  const { clock } = connection;
  const { agentId, ttlSeconds, sentAtMono } = registration;
  const start: ThreadStart = { address, agentId, ttlSeconds, sentAgoMs: clock.now().mono - sentAtMono };
  const worker = new Worker(heartbeatThreadFile(), { workerData: start });

  return createAgentHandle(
    connection,
    registration,
    (news): Heartbeats => {
      let whenPaused: (() => void) | undefined;
      let exited = false;
      const order = (what: ThreadOrder): void => worker.postMessage(what);
      worker.on("message", (message: ThreadNews) => {
        switch (message.news) {
          case "confirmed": {
            const agoMs = Number(process.hrtime.bigint() - message.sentAtNs) / 1_000_000;
            news.confirmed(clock.now().mono - agoMs);
            break;
          }
          case "lost":
            news.lost(
              new NotFoundError(message.message, {
                service: serviceName,
                operation: "heartbeat",
                code: message.code,
                grpcCode: "NOT_FOUND",
              }),
            );
            break;
          case "paused":
            whenPaused?.();
            break;
        }
      });
      // A thread that fails sends no more heartbeats: the agent is as good as lost, and its user must know.
      worker.on("error", (error) => news.lost(error));
      worker.on("exit", () => {
        exited = true;
        whenPaused?.();
        news.lost(new Error(`the thread that sent the heartbeats of agent ${agentId} has ended`));
      });
      // An agent does not keep its program alive; the thread ends with it. Not earlier: who listens to messages is alive.
      worker.unref();
      return {
        pause: () =>
          new Promise<void>((resolve) => {
            if (exited) {
              resolve();
              return;
            }
            whenPaused = resolve;
            order("pause");
          }),
        resume: () => order("resume"),
        stop: () => order("stop"),
      };
    },
    onEnd,
  );
}

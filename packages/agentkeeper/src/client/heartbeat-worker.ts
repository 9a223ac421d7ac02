// The thread that sends heartbeats: a connection of its own, and orders from the thread that registered the agent.

import { parentPort, workerData } from "node:worker_threads";
import { isServiceError, messageOf, systemClock } from "@x/core/base";
import { sendHeartbeats } from "./agent-handle.ts";
import { openConnection } from "./connection.ts";
import type { ThreadNews, ThreadOrder, ThreadStart } from "./heartbeat-thread.ts";

const { address, agentId, ttlSeconds, sentAgoMs }: ThreadStart = workerData;
const connection = openConnection({ ...address, timeoutMs: 10_000, maxRetries: 0 });
const tell = (news: ThreadNews): void => parentPort?.postMessage(news);

const heartbeats = sendHeartbeats(
  connection,
  { agentId, ttlSeconds, sentAtMono: systemClock.now().mono - sentAgoMs },
  {
    confirmed(sentAtMono) {
      const agoNs = BigInt(Math.round((systemClock.now().mono - sentAtMono) * 1_000_000));
      tell({ news: "confirmed", sentAtNs: process.hrtime.bigint() - agoNs });
    },
    lost(error) {
      const code = isServiceError(error) ? error.code : "not_found";
      tell({ news: "lost", code, message: messageOf(error) });
    },
  },
);

parentPort?.on("message", (order: ThreadOrder) => {
  switch (order) {
    case "pause":
      heartbeats.pause().then(() => tell({ news: "paused" }));
      break;
    case "resume":
      heartbeats.resume();
      break;
    case "stop":
      heartbeats.stop();
      connection.close().finally(() => process.exit(0));
      break;
  }
});

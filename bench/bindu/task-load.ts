// Callers that send one task after the other and wait for its end, to several agents in turns: `task-load.ts PLAN`.

import { randomUUID } from "node:crypto";
import type { LoadTimes } from "../shared/load.ts";
import { type PostTarget, postInTurns } from "../shared/post-load.ts";

/** Where a share of the load goes. */
export interface TaskTarget {
  readonly url: string;
}

const sendsTo = ({ url }: TaskTarget): PostTarget => ({
  begin: () => undefined,
  next: () => ({ url, body: sendBody() }),
  isGood: (text) => text.includes('"state":"completed"'),
});

function sendBody(): string {
  const ids = { messageId: randomUUID(), contextId: randomUUID(), taskId: randomUUID() };
  const parts = [{ kind: "text", text: "What is the capital of France?" }];
  return JSON.stringify({
    jsonrpc: "2.0",
    id: randomUUID(),
    method: "message/send",
    params: {
      message: { role: "user", kind: "message", ...ids, parts },
      configuration: { acceptedOutputModes: ["text/plain"], blocking: true },
    },
  });
}

const { targets, ...times }: LoadTimes & { readonly targets: readonly TaskTarget[] } = JSON.parse(
  process.argv[2] ?? "",
);
await postInTurns(targets.map(sendsTo), times);

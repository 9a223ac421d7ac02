// Callers that send one task after the other and wait for its end, to several agents in turns: `task-load.ts PLAN`.

import { randomUUID } from "node:crypto";
import type { LoadTimes } from "../shared/load.ts";
import { type PostTarget, postInTurns } from "../shared/post-load.ts";
import { sendBody } from "./server.ts";

/** Where a share of the load goes. */
export interface TaskTarget {
  readonly url: string;
}

const sendsTo = ({ url }: TaskTarget): PostTarget => ({
  begin: () => undefined,
  next: () => ({ url, body: sendBody(randomUUID(), true) }),
  isGood: (text) => text.includes('"state":"completed"'),
});

const { targets, ...times }: LoadTimes & { readonly targets: readonly TaskTarget[] } = JSON.parse(
  process.argv[2] ?? "",
);
await postInTurns(targets.map(sendsTo), times);

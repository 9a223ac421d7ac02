// Callers that send one task after the other, to several servers in turns: `send-load.ts PLAN`. What a slice sends is signed before it
// begins, so that the generator has next to nothing to do while a server is measured.

import type { LoadTimes } from "../shared/load.ts";
import { type Post, type PostTarget, postInTurns } from "../shared/post-load.ts";
import { agentOf, isDone, sendTask } from "./agents.ts";

/** Where a share of the load goes. */
export interface SendTarget {
  readonly url: string;
}

interface Plan extends LoadTimes {
  readonly targets: readonly SendTarget[];
  /** The callers'; each sends to the next one. */
  readonly seeds: readonly string[];
}

const { targets, seeds, ...times } = JSON.parse(process.argv[2] ?? "") as Plan;
const agents = seeds.map(agentOf);

function sendsTo({ url }: SendTarget): PostTarget {
  let posts: Post[] = [];
  let wanted = 1_000;
  return {
    async begin() {
      // A third more than the last slice took.
      wanted = Math.max(wanted, Math.ceil((wanted - posts.length) * 1.33));
      posts = [];
      for (let index = 0; index < wanted; index += 1) {
        const from = agents[index % agents.length];
        const to = agents[(index + 1) % agents.length];
        if (from !== undefined && to !== undefined) {
          posts.push(await sendTask(url, from, to.nodeId));
        }
      }
    },
    next: () => posts.pop(),
    isGood: isDone,
  };
}

await postInTurns(targets.map(sendsTo), times);

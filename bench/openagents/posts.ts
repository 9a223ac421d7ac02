// Posts to a channel with 50 members, durable, beside the official network, which keeps them in memory.

import { describeLoad, ratioRow, runLoad } from "../shared/load.ts";
import { row } from "../shared/report.ts";
import { storeDirectory } from "../shared/store-directory.ts";
import { register } from "./agents.ts";
import { processorRow, sendLoad, usedSince } from "./sends.ts";
import { officialPython, startOfficial, startOpenAgents } from "./server.ts";

const members = 50;
const callers = 4;
const turns = 5;
/** A slice lasts as long as its slowest post, which is seconds on the official network. */
const warmSlices = 4;

export async function measurePosts(spanMs: number): Promise<void> {
  using store = storeDirectory("openagents");
  await using ours = await startOpenAgents([store.flag]);
  const times = { callers, sliceMs: spanMs / turns, slices: turns, warmSlices, what: "posts" };
  const agents = await register(ours.url, "member", members);
  const python = officialPython();
  if (python === undefined) {
    const [load] = await runLoad(sendLoad, times, [{ url: ours.url, agents }]);
    row(`posts to ${members} members, durable`, describeLoad(load));
    return;
  }
  await using official = await startOfficial(python);
  const theirAgents = await register(official.url, "member", members);
  const used = [usedSince(ours), usedSince(official)] as const;
  const [sent, theirs] = await runLoad(sendLoad, times, [
    { url: ours.url, agents },
    { url: official.url, agents: theirAgents },
  ]);
  row(`posts to ${members} members, durable, ${callers} callers`, describeLoad(sent));
  row("the official network, in memory", describeLoad(theirs));
  ratioRow("posts, ours / official", sent, theirs, { atLeast: 50 });
  processorRow("post", used[0](sent), used[1](theirs));
}

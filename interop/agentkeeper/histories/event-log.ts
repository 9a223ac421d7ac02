// After the load: the daemon's lists, and the whole event log from its beginning up to the same sequence.
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { AgentKeeperClient } from "@x/agentkeeper";
import { eventLine } from "./event-line.ts";
import type { Fields, FinalState } from "./recording.ts";

/** Writes `final.json` and `log.jsonl`; answers how many events the log has. */
export async function readAfterwards(port: number, folder: string): Promise<number> {
  await using client = new AgentKeeperClient({ host: "127.0.0.1", port, timeoutMs: 30_000 });
  const final = await readLists(client);
  writeFileSync(join(folder, "final.json"), JSON.stringify(final));

  const file = openSync(join(folder, "log.jsonl"), "w");
  let events = 0;
  for await (const event of client.watch([], undefined, { cursor: 0n })) {
    events += 1;
    writeSync(file, `${JSON.stringify(eventLine(event))}\n`);
    if (event.sequence >= final.sequence) {
      break;
    }
  }
  closeSync(file);
  return events;
}

/** All lists of one sequence. The agents that the load left behind are still dying, so it may take some readings. */
async function readLists(client: AgentKeeperClient): Promise<FinalState> {
  for (;;) {
    const before = (await client.getServerInfo()).lastSequence;
    const agents = await collect(
      client.listAgents(),
      ({ agentId, status }): Fields => ({
        agent: agentId,
        status,
      }),
    );
    const leases = await collect(
      client.listLeases(),
      ({ taskId, holderAgentId, token }): Fields => ({
        key: taskId,
        agent: holderAgentId,
        token: String(token),
      }),
    );
    const elections = await collect(
      client.listElections(),
      ({ group, leaderAgentId, term }): Fields => ({
        group,
        leader: leaderAgentId,
        term: String(term),
      }),
    );
    const tasks = await collect(
      client.listTaskDetails(),
      ({ id, status, claimedByAgentId, retryCount }): Fields => ({
        task: id,
        status,
        claimedBy: claimedByAgentId,
        retryCount,
      }),
    );
    const after = (await client.getServerInfo()).lastSequence;
    if (before === after) {
      return { sequence: Number(after), agents, leases, elections, tasks };
    }
  }
}

async function collect<Item>(items: AsyncIterable<Item>, fields: (item: Item) => Fields): Promise<Fields[]> {
  const all: Fields[] = [];
  for await (const item of items) {
    all.push(fields(item));
  }
  return all;
}

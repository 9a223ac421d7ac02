// All that a daemon tells about its store, as plain values, to compare before and after a restart.
import type { Connection } from "../../src/client/connection.ts";
import { decodePolicy } from "../../src/client/decode/decode.ts";
import {
  decodeAgentDetail,
  decodeElectionDetail,
  decodeLeaseDetail,
  decodeTaskDetail,
} from "../../src/client/decode/decode-details.ts";
import type { AgentDetail, ElectionDetail, LeaseDetail, Policy, TaskDetail } from "../../src/index.ts";

export interface Picture {
  readonly logId: string;
  readonly lastSequence: bigint;
  readonly agents: readonly AgentDetail[];
  readonly leases: readonly LeaseDetail[];
  readonly elections: readonly ElectionDetail[];
  readonly policies: readonly Policy[];
  readonly tasks: readonly TaskDetail[];
}

/** All items of a list, page by page. */
export async function everything<Item>(
  page: (pageToken: string) => Promise<{ readonly items: readonly Item[]; readonly next: string }>,
): Promise<Item[]> {
  const all: Item[] = [];
  let pageToken = "";
  do {
    const { items, next } = await page(pageToken);
    all.push(...items);
    pageToken = next;
  } while (pageToken !== "");
  return all;
}

const pageSize = 1_000;

export async function leasesOf(connection: Connection): Promise<LeaseDetail[]> {
  const ext = await connection.loadExt();
  return everything(async (pageToken) => {
    const page = await ext.leases.listLeases({ pageSize, pageToken });
    return { items: page.leases.map((one) => decodeLeaseDetail("test", one)), next: page.nextPageToken };
  });
}

/** With input and output. */
export async function tasksOf(connection: Connection): Promise<TaskDetail[]> {
  const ext = await connection.loadExt();
  return everything(async (pageToken) => {
    const page = await ext.tasks.listTasks({ pageSize, pageToken, withData: true });
    return { items: page.tasks.map((one) => decodeTaskDetail("test", one)), next: page.nextPageToken };
  });
}

export async function pictureOf(connection: Connection): Promise<Picture> {
  const ext = await connection.loadExt();
  const { logId, lastSequence } = await ext.server.getServerInfo({});
  return {
    logId,
    lastSequence,
    agents: await everything(async (pageToken) => {
      const page = await ext.registry.listAgents({ pageSize, pageToken });
      return { items: page.agents.map((one) => decodeAgentDetail("test", one)), next: page.nextPageToken };
    }),
    leases: await leasesOf(connection),
    elections: await everything(async (pageToken) => {
      const page = await ext.elections.listElections({ pageSize, pageToken });
      return {
        items: page.elections.map((one) => decodeElectionDetail("test", one)),
        next: page.nextPageToken,
      };
    }),
    policies: (await connection.entitlements.listPolicies({})).policies.map(decodePolicy),
    tasks: await tasksOf(connection),
  };
}

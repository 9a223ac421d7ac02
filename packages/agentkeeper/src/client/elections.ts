// Elections: one leader per group.

import type { ElectionDetail, ElectionState } from "../types.ts";
import type { CallOptions } from "./call-options.ts";
import { checkTexts } from "./checks.ts";
import type { Connection } from "./connection.ts";
import { decodeElection } from "./decode/decode.ts";
import { decodeElectionDetail } from "./decode/decode-details.ts";
import { required } from "./decode/required.ts";
import { pages } from "./pages.ts";

export async function campaign(
  connection: Connection,
  group: string,
  agentId: string,
  options?: CallOptions,
): Promise<ElectionState> {
  checkTexts("campaign", { group, agentId });
  const { state } = await connection.call("campaign", "safe", options, (call) =>
    connection.elections.campaign({ group, agentId }, call),
  );
  return decodeElection(required("campaign", "state", state));
}

export async function resign(
  connection: Connection,
  group: string,
  agentId: string,
  options?: CallOptions,
): Promise<void> {
  await connection.call("resign", "safe", options, (call) =>
    connection.elections.resign({ group, agentId }, call),
  );
}

/** Which groups to list. */
export interface ListElectionsOptions extends CallOptions {
  /** Only groups that begin with this. @default "" */
  readonly groupPrefix?: string;
}

export async function getElection(
  connection: Connection,
  group: string,
  options?: CallOptions,
): Promise<ElectionDetail> {
  const { election } = await connection.callExt("getElection", "safe", options, (call, ext) =>
    ext.elections.getElection({ group }, call),
  );
  return decodeElectionDetail("getElection", required("getElection", "election", election));
}

export function listElections(
  connection: Connection,
  options: ListElectionsOptions = {},
): AsyncIterable<ElectionDetail> {
  const { groupPrefix = "" } = options;
  return pages(async (pageToken) => {
    const answer = await connection.callExt("listElections", "safe", options, (call, ext) =>
      ext.elections.listElections({ groupPrefix, pageSize: 0, pageToken }, call),
    );
    const items = answer.elections.map((election) => decodeElectionDetail("listElections", election));
    return { items, nextPageToken: answer.nextPageToken };
  });
}

// Elections: one leader per group.
import { callRules, must, type OptionRules } from "@x/core/base";
import type { ElectionDetail, ElectionState } from "../types.ts";
import type { CallOptions } from "./call-options.ts";
import { check, checkCall, checkTexts } from "./checks.ts";
import type { Connection } from "./connection.ts";
import { decodeElection } from "./decode/decode.ts";
import { decodeElectionDetail } from "./decode/decode-details.ts";
import { required } from "./decode/required.ts";
import { pages } from "./pages.ts";
import { mayHaveTaken } from "./taking.ts";

/** How long it is tried to take a campaign back that nobody waits for, in milliseconds. */
const resignWithinMs = 5_000;

export async function campaign(
  connection: Connection,
  group: string,
  agentId: string,
  options?: CallOptions,
): Promise<ElectionState> {
  checkTexts("campaign", { group, agentId });
  checkCall("campaign", options);
  const { candidacies, giveBacks } = connection;
  await candidacies.left(group, agentId);
  candidacies.begin(group, agentId);
  try {
    const { state } = await connection.call("campaign", "safe", options, (call) =>
      connection.elections.campaign({ group, agentId }, call),
    );
    candidacies.answered(group, agentId);
    return decodeElection(required("campaign", "state", state));
  } catch (error) {
    if (candidacies.failed(group, agentId) && mayHaveTaken(error, "safe")) {
      const patience = { maxRetries: giveBacks.closing.aborted ? 0 : 10, timeoutMs: resignWithinMs };
      giveBacks.add(() => candidacies.leave(group, agentId, resign(connection, group, agentId, patience)));
    }
    throw error;
  }
}

export async function resign(
  connection: Connection,
  group: string,
  agentId: string,
  options?: CallOptions,
): Promise<void> {
  checkTexts("resign", { group, agentId });
  checkCall("resign", options);
  await connection.call("resign", "safe", options, (call) =>
    connection.elections.resign({ group, agentId }, call),
  );
  connection.candidacies.over(agentId, group);
}

/** Which groups to list. */
export interface ListElectionsOptions extends CallOptions {
  /** Only groups that begin with this. @default "" */
  readonly groupPrefix?: string;
}

const listRules: OptionRules<ListElectionsOptions> = { ...callRules, groupPrefix: must.beText };

export async function getElection(
  connection: Connection,
  group: string,
  options?: CallOptions,
): Promise<ElectionDetail> {
  checkTexts("getElection", { group });
  checkCall("getElection", options);
  const { election } = await connection.callExt("getElection", "safe", options, (call, ext) =>
    ext.elections.getElection({ group }, call),
  );
  return decodeElectionDetail("getElection", required("getElection", "election", election));
}

export function listElections(
  connection: Connection,
  options: ListElectionsOptions = {},
): AsyncIterable<ElectionDetail> {
  check("listElections", options, listRules);
  const { groupPrefix = "" } = options;
  return pages(async (pageToken) => {
    const answer = await connection.callExt("listElections", "safe", options, (call, ext) =>
      ext.elections.listElections({ groupPrefix, pageSize: 0, pageToken }, call),
    );
    const items = answer.elections.map((election) => decodeElectionDetail("listElections", election));
    return { items, nextPageToken: answer.nextPageToken };
  });
}

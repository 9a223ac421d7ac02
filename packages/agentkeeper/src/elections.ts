// Elections: one leader per group.
import type { CallOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";
import type { ElectionState } from "./types.ts";
import { decodeElection } from "./wire/decode.ts";
import { required } from "./wire/required.ts";

export async function campaign(
  connection: Connection,
  group: string,
  agentId: string,
  options?: CallOptions,
): Promise<ElectionState> {
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

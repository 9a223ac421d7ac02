// What a daemon says about itself.
import type { ServerInfo } from "../types.ts";
import { dateOf } from "../wire/timestamp.ts";
import type { CallOptions } from "./call-options.ts";
import { checkCall } from "./checks.ts";
import type { Connection } from "./connection.ts";

export async function getServerInfo(connection: Connection, options?: CallOptions): Promise<ServerInfo> {
  checkCall("getServerInfo", options);
  const info = await connection.callExt("getServerInfo", "safe", options, (call, ext) =>
    ext.server.getServerInfo({}, call),
  );
  const { name, version, logId, lastSequence, firstRetainedSequence, persistent, metricsAddress } = info;
  const serverTime = dateOf(info.serverTime);
  return {
    name,
    version,
    logId,
    lastSequence,
    firstRetainedSequence,
    serverTime,
    persistent,
    metricsAddress,
  };
}

// Where the URL of an agent says that it is served.
import { defaultAgentPort } from "../../../wire/dialect.ts";

export interface AgentPlace {
  readonly hosts: readonly string[];
  readonly port: number;
}

/** @param url one that `readConfig` has let through */
export function placeOf(url: string): AgentPlace {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return {
    hosts: host === "localhost" ? ["127.0.0.1", "::1"] : [host],
    port: port === "" ? portWritten(url) : Number(port),
  };
}

/** A URL leaves out the port that its scheme has anyhow, even where it was written. */
function portWritten(url: string): number {
  const written = /^[^/]*\/\/[^/?#]*:(\d+)(?:[/?#]|$)/.exec(url.trim());
  return written === null ? defaultAgentPort : Number(written[1]);
}

const everywhere = new Set(["0.0.0.0", "::"]);

/** Whether two places cannot both be listened on. */
export const overlap = (a: AgentPlace, b: AgentPlace): boolean =>
  a.port === b.port &&
  a.port !== 0 &&
  (a.hosts.some((host) => b.hosts.includes(host)) ||
    [...a.hosts, ...b.hosts].some((host) => everywhere.has(host)));

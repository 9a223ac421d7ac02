// Where the service publishes the public keys of an agent.

import { defaultPaths } from "../wire/paths.ts";

/** The directory of an agent. The id stands as it is: the text is signed, and verifiers compare it. */
export function signatureDirectoryUrl(baseUrl: string, agentId: string): string {
  return baseUrl.replace(/\/+$/, "") + defaultPaths.signatureDirectory.replace("{agentId}", () => agentId);
}

/** The agent whose directory this is, or `undefined` if it is not one of this service. */
export function agentOfDirectory(url: string, baseUrl: string): string | undefined {
  const [before = "", behind = ""] = signatureDirectoryUrl(baseUrl, "\n").split("\n");
  const agentId = url.slice(before.length, url.length - behind.length);
  const fits = url === before + agentId + behind && /^[\w-]+$/.test(agentId);
  return fits ? agentId : undefined;
}

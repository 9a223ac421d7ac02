// Which hosts a webhook may reach: public ones, and no address of this machine, its network or its cloud's metadata.
// Built as a file of its own, so that who checks a build can ask it.
import { isIP } from "node:net";
import { isPublicAddress } from "@x/core/service";

export { isPublicAddress };

/** Names that are kept for machines nearby, or for none. */
const privateNames =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa|invalid|test|onion)$/;

/** Whether the host of a URL may be public: an address that is, or a name, which is looked up at each delivery. */
export function isPublicHost(hostname: string): boolean {
  const host = hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  if (isIP(host) !== 0) {
    return isPublicAddress(host);
  }
  const labels = host.split(".");
  return labels.length > 1 && !labels.includes("") && !privateNames.test(host);
}

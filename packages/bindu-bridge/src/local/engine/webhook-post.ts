// One attempt to tell a webhook: its name is resolved once, judged, and connected to at that very address.
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { isPublicAddress, type PostOptions, type PostOutcome, postOnce } from "@x/core/service";
import { parseHttpUrl } from "../../wire/http-url.ts";

/** Addresses of the network's own machinery, which hold what no stranger may have a core ask for. */
const refused = new BlockList();
refused.addSubnet("169.254.0.0", 16, "ipv4");
refused.addSubnet("fe80::", 10, "ipv6");
refused.addAddress("fd00:ec2::254", "ipv6");
// The same behind a translator between the two.
refused.addSubnet("64:ff9b::a9fe:0", 112, "ipv6");

/** Where webhooks may be. */
export interface WebhookRules {
  /** Only at addresses of the public internet. */
  readonly publicOnly: boolean;
}

const anywhere: WebhookRules = { publicOnly: false };

/** What is wrong with the URL of a webhook by itself; `undefined` for nothing. */
export function urlProblem(text: string, rules: WebhookRules = anywhere): string | undefined {
  if (!/^\s*https?:/i.test(text)) {
    return "Push notification URL must use http or https scheme.";
  }
  return parseHttpUrl(text) === undefined
    ? "Push notification URL must include a host."
    : addressProblem(hostOf(text), rules);
}

/** What is wrong with an address that is written in numbers. */
function addressProblem(host: string, { publicOnly }: WebhookRules): string | undefined {
  const family = isIP(host);
  const isRefused = family !== 0 && refused.check(host, family === 4 ? "ipv4" : "ipv6");
  if (publicOnly && family !== 0 && !isRefused && !isPublicAddress(host)) {
    return `Push notification URL resolves to an address that is not public (${host}), which this core does not allow.`;
  }
  return isRefused
    ? `Push notification URL resolves to a cloud-metadata address (${host}), which is not an allowed webhook destination.`
    : undefined;
}

const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, "");

/** Where a webhook is, or why nothing is sent there. */
export type Target =
  | { readonly address: string; readonly family: number }
  | { readonly problem: string; readonly isUnresolved: boolean };

/** Resolves the host of a URL and judges all of its addresses. */
export async function resolveTarget(url: string, rules: WebhookRules = anywhere): Promise<Target> {
  const problem = urlProblem(url, rules);
  if (problem !== undefined) {
    return { problem, isUnresolved: false };
  }
  const host = hostOf(url);
  const family = isIP(host);
  if (family !== 0) {
    return { address: host, family };
  }
  try {
    const found = await lookup(host, { all: true });
    for (const { address } of found) {
      const refusedFor = addressProblem(address, rules);
      if (refusedFor !== undefined) {
        return { problem: refusedFor, isUnresolved: false };
      }
    }
    const [first] = found;
    if (first !== undefined) {
      return first;
    }
  } catch {
    // As one that has no address.
  }
  return { problem: `Push notification URL host '${host}' could not be resolved.`, isUnresolved: true };
}

/** Posts to a URL at an address of its host. */
export async function post(
  url: string,
  { address, family }: Extract<Target, { address: string }>,
  options: Omit<PostOptions, "lookup">,
): Promise<PostOutcome> {
  return await postOnce(new URL(url), {
    ...options,
    lookup: (_host, { all }, callback) =>
      all === true ? callback(null, [{ address, family }]) : callback(null, address, family),
  });
}

// One attempt to deliver a webhook, over HTTP: signed, to a public address only, and over after a while.
import { Resolver } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { toHex } from "@x/core";
import { type Clock, postOnce } from "@x/core/service";
import { webhookMac } from "../../wire/webhook-mac.ts";
import { isPublicAddress } from "../public-host.ts";
import type { DueDelivery } from "../rules/model/views.ts";

export interface PostOptions {
  readonly timeoutMs: number;
  readonly allowPrivate: boolean;
  /** Wall time by the server's clock, which the signature names. */
  readonly sentAtMs: number;
  readonly peerClock: Clock;
  readonly signal: AbortSignal;
}

/** Posts one delivery; answers why it failed, or null. A redirect is a failure: nothing is ever followed. */
export async function postWebhook(delivery: DueDelivery, options: PostOptions): Promise<string | null> {
  const url = new URL(delivery.url);
  const seconds = Math.floor(options.sentAtMs / 1_000);
  const mac = toHex(webhookMac(delivery.secret, String(seconds), delivery.body));
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!options.allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) {
    return "the address of the URL is not public";
  }
  const outcome = await postOnce(url, {
    headers: {
      "content-type": "application/json",
      "user-agent": "x-agentdraft",
      "agentdraft-signature": `t=${seconds},v1=${mac}`,
      "agentdraft-event-id": delivery.eventId,
    },
    body: delivery.body,
    timeoutMs: options.timeoutMs,
    peerClock: options.peerClock,
    signal: options.signal,
    lookup: options.allowPrivate ? undefined : lookupPublic,
  });
  if ("error" in outcome) {
    return outcome.error;
  }
  return outcome.status >= 200 && outcome.status < 300 ? null : `the answer was ${outcome.status}`;
}

/**
 * Looks a name up and refuses it when any of its addresses is not public: a name may change what it points to. Asks the
 * name servers itself: the system's lookup has four threads for the whole process, which names that hang would hold.
 */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]).then(([ipv4, ipv6]) => {
    const addresses = [
      ...(ipv4.status === "fulfilled" ? ipv4.value.map((address) => ({ address, family: 4 })) : []),
      ...(ipv6.status === "fulfilled" ? ipv6.value.map((address) => ({ address, family: 6 })) : []),
    ];
    const [first] = addresses;
    if (first === undefined) {
      callback(
        new Error(
          `the name of the URL has no address${ipv4.status === "rejected" ? `: ${ipv4.reason.code}` : ""}`,
        ),
        "",
        0,
      );
    } else if (addresses.some(({ address }) => !isPublicAddress(address))) {
      callback(new Error("the name of the URL points to an address that is not public"), "", 0);
    } else if (options.all === true) {
      callback(null, addresses);
    } else {
      callback(null, first.address, first.family);
    }
  });
};

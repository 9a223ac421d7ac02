// What those may cause who have shown no right to anything: by the network they come from, by the address they name, and
// all of them together.
import {
  type Clock,
  createRateLimit,
  type HttpRequest,
  type RateLimit,
  type RateVerdict,
  rateLimited,
} from "@x/core/service";
import { addressKey } from "../rules/mail/address.ts";
import type { RateSetting } from "../settings.ts";

/** Each throws `HttpProblem` 429 once there were too many. */
export interface Strangers {
  /** Counts a request for a sign-in link. */
  asks(request: HttpRequest): void;
  /** Counts it for the address that it names: nobody's mailbox, or log, is flooded. */
  asksFor(email: string): void;
  /** Counts a key or a link's token that is wrong. Right ones are taken all the while. */
  fails(request: HttpRequest): void;
}

/** What one address may be sent, of what one network may ask for. */
const shareOfAddress = 1 / 4;
/** How often a network may be wrong, for each link that it may ask for. */
const failuresEach = 5;
/** How much all networks may together. */
const networks = 50;

export function createStrangers({ perSecond, burst }: RateSetting, clock: Clock): Strangers {
  const limit = (times: number): RateLimit =>
    createRateLimit({ perSecond: perSecond * times, burst: Math.ceil(burst * times), clock });
  const links = { ofNetwork: limit(1), ofAll: limit(networks) };
  const failures = { ofNetwork: limit(failuresEach), ofAll: limit(failuresEach * networks) };
  const ofAddress = limit(shareOfAddress);
  return {
    asks: (request) => count(links, request),
    asksFor: (email) => demand(ofAddress.take(addressKey(email))),
    fails: (request) => count(failures, request),
  };
}

function count(
  { ofNetwork, ofAll }: { readonly ofNetwork: RateLimit; readonly ofAll: RateLimit },
  { network }: HttpRequest,
): void {
  // Its own first, so that one network cannot use up what all have.
  demand(ofNetwork.take(network));
  demand(ofAll.take(""));
}

function demand(verdict: RateVerdict): void {
  if (!verdict.allowed) {
    throw rateLimited(verdict);
  }
}

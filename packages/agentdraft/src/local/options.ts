// Settings of a local server, with their defaults and bounds in one place.
import type { Clock, Journal, Log } from "@x/core/service";
import type { DraftRecord } from "./rules/model/records.ts";

/** Requests per second and key, and how many may come at once. */
export interface RateSetting {
  readonly perSecond: number;
  readonly burst: number;
}

/** Settings of {@link startLocalAgentDraft}. */
export interface LocalAgentDraftOptions {
  /** Where HTTP listens, as `HOST:PORT`. `:PORT` is every interface. @default "127.0.0.1:0" */
  readonly addr?: string;
  /** Port of HTTP on loopback; shorter than `addr`, which wins. 0 for any free port. @default 0 */
  readonly port?: number;
  /** Where `/healthz` and `/metrics` listen, as `HOST:PORT`; `off` for none. @default "127.0.0.1:0" */
  readonly metricsAddr?: string;
  /** Use a free port when the one of `metricsAddr` is taken, instead of failing. @default false */
  readonly metricsMayMove?: boolean;
  /** Directory that keeps the store, created with its parents (mode 0700). In memory by default. */
  readonly dataDir?: string;
  /**
   * Whether a change is on the disk before it is answered (`always`), or left to the operating system (`never`).
   *
   * @default "always"
   */
  readonly fsync?: "always" | "never";
  /**
   * For development: sign-in tokens are shown, mail can be injected, webhooks may reach private addresses and retry after
   * 1 s, and there is no rate limit unless `rateLimit` is given.
   *
   * @default false
   */
  readonly dev?: boolean;
  /** Life of a hold in seconds, 1..900. @default 30 */
  readonly holdTtlSeconds?: number;
  /** How long a commit can be evicted, in seconds, 0..86400. @default 30 */
  readonly bumpWindowSeconds?: number;
  /** How long commits for the same time are gathered before the strongest wins, 0..5000 ms; 0 for off. @default 10 */
  readonly arbitrationMs?: number;
  /** Life of a request for consent in seconds, 1..604800. @default 900 */
  readonly consentTtlSeconds?: number;
  /** Life of a receipt in seconds, 1..31536000. @default 3600 */
  readonly receiptTtlSeconds?: number;
  /** Requests of one key. @default { perSecond: 20, burst: 60 }, or `off` with `dev` */
  readonly rateLimit?: RateSetting | "off";
  /** Messages that an agent may send per UTC day, 0..1000000. @default 200 */
  readonly mailQuotaPerDay?: number;
  /** What the addresses of agents end with. @default "agents.localhost" */
  readonly mailboxDomain?: string;
  /** What meeting links begin with. None are made by default. */
  readonly conferencingBaseUrl?: string;
  /** What receipts name as their issuer. @default the server's own URL */
  readonly issuer?: string;
  /** Where the server logs. Silent by default. */
  readonly log?: Log;
  /** The server's time. @default systemClock */
  readonly clock?: Clock;
  /** @internal A journal in place of the memory one. */
  readonly journal?: Journal<DraftRecord>;
}

/** @throws {RangeError} for a number out of its bounds */
export function bounded(
  name: string,
  value: number | undefined,
  fallback: number,
  min: number,
  max: number,
): number {
  const number = value ?? fallback;
  if (!Number.isInteger(number) || number < min || number > max) {
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}, not ${number}`);
  }
  return number;
}

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const mailDomain = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`, "i");

/** Whether addresses of mail can end with it. */
export const isMailDomain = (text: string): boolean => mailDomain.test(text);

/** @throws {TypeError} for a domain that no address could end with */
export function readMailDomain(text: string): string {
  if (!isMailDomain(text)) {
    throw new TypeError(
      `mailboxDomain must be a domain such as agents.example.com, not ${JSON.stringify(text)}`,
    );
  }
  return text;
}

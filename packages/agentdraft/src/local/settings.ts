// What an operator may choose about a server: options, flags, bounds, defaults and help text in one table.
import { type Setting, type Settings, textSetting, toggle, whole } from "@x/core/service";
import { defaultRules } from "./rules/model/rule-options.ts";

/** Requests per second and key, and how many may come at once. */
export interface RateSetting {
  /** Above 0. */
  readonly perSecond: number;
  /** 1 or more, a whole number. */
  readonly burst: number;
}

/** Settings of a server, beside those that every local server has. */
export interface AgentDraftSettings {
  /**
   * For development: sign-in tokens are shown, mail can be injected, webhooks may reach private addresses and retry after
   * 1 s, and there are no limits unless `rateLimit` and `signInLimit` are given. Only on loopback, unless `devInsecure`.
   *
   * @default false
   */
  readonly dev: boolean;
  /** Allow `dev` where other machines can reach it. @default false */
  readonly devInsecure: boolean;
  /** Life of a hold in seconds, 1..900. @default 30 */
  readonly holdTtlSeconds: number;
  /** How long a commit can be evicted, in seconds, 0..86400. @default 30 */
  readonly bumpWindowSeconds: number;
  /** How long commits for the same time are gathered before the strongest wins, 0..5000 ms; 0 for off. @default 10 */
  readonly arbitrationMs: number;
  /** Life of a request for consent in seconds, 1..604800. @default 900 */
  readonly consentTtlSeconds: number;
  /** Requests of one key. @default { perSecond: 20, burst: 60 }, or `off` with `dev` */
  readonly rateLimit: RateSetting | "off" | undefined;
  /**
   * Sign-in links that one network (an IPv4 address, 64 bits of an IPv6 one) may ask for. One mail address is sent a
   * quarter of them; a network may show five times as many wrong keys and tokens; all networks together may do fifty
   * times as much. A proxy in front of the server is one network.
   *
   * @default { perSecond: 0.2, burst: 20 }, or `off` with `dev`
   */
  readonly signInLimit: RateSetting | "off" | undefined;
  /** Messages that an agent may send per UTC day, 0..1000000. @default 200 */
  readonly mailQuotaPerDay: number;
  /** What the addresses of agents end with. @default "agents.localhost" */
  readonly mailboxDomain: string;
  /** What meeting links begin with. None are made by default. */
  readonly conferencingBaseUrl: string | undefined;
  /** What receipts name as their issuer. @default the server's own URL */
  readonly issuer: string | undefined;
  /** Life of a receipt in seconds, 1..31536000. @default 3600 */
  readonly receiptTtlSeconds: number;
}

const isRate = (value: unknown): value is RateSetting =>
  typeof value === "object" &&
  value !== null &&
  "perSecond" in value &&
  "burst" in value &&
  Number(value.perSecond) > 0 &&
  Number.isFinite(value.perSecond) &&
  Number.isInteger(value.burst) &&
  Number(value.burst) >= 1;

const rate = (help: string, fallback: string): Setting<RateSetting | "off" | undefined> => ({
  flags: [{ placeholder: "RPS:BURST", help, fallback: `${fallback}, off with --dev` }],
  fallback: undefined,
  expected: `RPS:BURST such as ${fallback} ({ perSecond, burst }), or off`,
  accept: (value) => (value === "off" || isRate(value) ? value : undefined),
  parse([text]) {
    const [, perSecond, burst] = /^(\d+(?:\.\d+)?):(\d+)$/.exec(text ?? "")?.map(Number) ?? [];
    return perSecond === undefined || burst === undefined ? text : { perSecond, burst };
  },
});

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const mailDomain = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`, "i");

const url = {
  placeholder: "URL",
  expected: "a URL with http:// or https://",
  isOne: (text: string) => /^https?:\/\/[^\s/]/.test(text),
  fallback: undefined,
};

export const settings: Settings<AgentDraftSettings> = {
  dev: toggle("for development: shows sign-in tokens, no rate limits, private webhook URLs, /v1/dev/*"),
  devInsecure: toggle("allow --dev where other machines can reach it"),
  holdTtlSeconds: whole("life of a hold", { fallback: defaultRules.holdTtlSeconds, min: 1, max: 900 }),
  bumpWindowSeconds: whole("how long a commit can be evicted", {
    fallback: defaultRules.bumpWindowSeconds,
    min: 0,
    max: 86_400,
  }),
  arbitrationMs: whole("how long commits for the same time are gathered; 0 for off", {
    fallback: 10,
    min: 0,
    max: 5_000,
  }),
  consentTtlSeconds: whole("life of a request for consent", {
    fallback: defaultRules.consentTtlSeconds,
    min: 1,
    max: 604_800,
  }),
  rateLimit: rate("requests per second of one key, and how many may come at once; or off", "20:60"),
  signInLimit: rate(
    "sign-in links per second that one network may ask for, and how many at once; or off",
    "0.2:20",
  ),
  mailQuotaPerDay: whole("messages that an agent may send per UTC day", {
    fallback: defaultRules.mailQuotaPerDay,
    min: 0,
    max: 1_000_000,
  }),
  mailboxDomain: textSetting("what the addresses of agents end with", {
    placeholder: "DOMAIN",
    expected: `a domain such as ${defaultRules.mailboxDomain}`,
    isOne: (text) => mailDomain.test(text),
    fallback: defaultRules.mailboxDomain,
  }),
  conferencingBaseUrl: textSetting("what meeting links begin with", {
    ...url,
    without: "none, no links are made",
  }),
  issuer: textSetting("what receipts name as their issuer", { ...url, without: "the server's own URL" }),
  receiptTtlSeconds: whole("life of a receipt", {
    fallback: defaultRules.receiptTtlSeconds,
    min: 1,
    max: 31_536_000,
  }),
};

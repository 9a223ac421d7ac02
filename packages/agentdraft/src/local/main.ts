// The server's command line around `startLocalAgentDraft`.
import {
  addressFlag,
  choiceFlag,
  type Flag,
  FlagError,
  integerFlag,
  isLoopback,
  logLevels,
  parseAddress,
  runExecutable,
  switchFlag,
  textFlag,
} from "@x/core/service";
import { packageVersion } from "../version.ts";
import { startLocalAgentDraft } from "./index.ts";
import { isMailDomain, type RateSetting } from "./options.ts";
import { defaultSettings } from "./rules/model/rule-options.ts";

const defaultAddr = "127.0.0.1:8080";
const defaultMetricsAddr = "127.0.0.1:9091";

const rateFlag: Flag<RateSetting | "off" | undefined> = {
  placeholder: "RPS:BURST",
  help: "requests per second of one key, and how many may come at once; or off",
  fallback: "20:60, off with --dev",
  read(text) {
    if (text === undefined || text === "off") {
      return text;
    }
    const [, perSecond, burst] = /^(\d+(?:\.\d+)?):(\d+)$/.exec(text)?.map(Number) ?? [];
    if (perSecond === undefined || burst === undefined || perSecond <= 0 || burst < 1) {
      throw new FlagError(`expected RPS:BURST such as 20:60, or off, got "${text}"`);
    }
    return { perSecond, burst };
  },
};

/** A text of a kind; `expected` says of which in an error. */
function textOfKind(
  [placeholder, expected, isOne]: readonly [string, string, (text: string) => boolean],
  help: string,
  fallback: string,
): Flag<string | undefined> {
  return {
    placeholder,
    help,
    fallback,
    read(text) {
      if (text !== undefined && !isOne(text)) {
        throw new FlagError(`expected ${expected}, got "${text}"`);
      }
      return text;
    },
  };
}

const url = [
  "URL",
  "a URL with http:// or https://",
  (text: string) => /^https?:\/\/[^\s/]/.test(text),
] as const;
const domain = ["DOMAIN", `a domain such as ${defaultSettings.mailboxDomain}`, isMailDomain] as const;

const flags = {
  addr: addressFlag("where HTTP listens; :PORT is every interface, port 0 any free one", defaultAddr),
  "metrics-addr": addressFlag(
    "where /healthz and /metrics listen; off for none",
    `${defaultMetricsAddr}, or a free port if that is taken`,
    "off",
  ),
  "data-dir": textFlag("DIR", "keep everything in this directory", "none, everything is in memory"),
  fsync: choiceFlag("when changes reach the disk, with --data-dir", ["always", "never"], "always"),
  dev: switchFlag("for development: shows sign-in tokens, no rate limit, private webhook URLs, /v1/dev/*"),
  "dev-insecure": switchFlag("allow --dev where other machines can reach it"),
  "hold-ttl-seconds": integerFlag("life of a hold", 30, { min: 1, max: 900 }),
  "bump-window-seconds": integerFlag("how long a commit can be evicted", 30, { min: 0, max: 86_400 }),
  "arbitration-ms": integerFlag("how long commits for the same time are gathered; 0 for off", 10, {
    min: 0,
    max: 5_000,
  }),
  "consent-ttl-seconds": integerFlag("life of a request for consent", 900, { min: 1, max: 604_800 }),
  "rate-limit": rateFlag,
  "mail-quota-per-day": integerFlag("messages that an agent may send per UTC day", 200, {
    min: 0,
    max: 1_000_000,
  }),
  "mailbox-domain": textOfKind(
    domain,
    "what the addresses of agents end with",
    defaultSettings.mailboxDomain,
  ),
  "conferencing-base-url": textOfKind(url, "what meeting links begin with", "none, no links are made"),
  issuer: textOfKind(url, "what receipts name as their issuer", "the server's own URL"),
  "receipt-ttl-seconds": integerFlag("life of a receipt", 3_600, { min: 1, max: 31_536_000 }),
  "log-level": choiceFlag("how much is logged on stderr", logLevels, "info"),
  version: switchFlag("print the version and exit"),
  help: switchFlag("print this text and exit"),
};

/** Runs the server until it is told to stop. */
export async function main(args: readonly string[] = process.argv.slice(2)): Promise<void> {
  await runExecutable(
    {
      name: "x-agentdraft",
      version: packageVersion,
      summary: "several agents book one calendar without colliding, over HTTP (unofficial, compatible)",
      flags,
      stopOnStdinEofVariable: "X_AGENTDRAFT_STOP_ON_STDIN_EOF",
      stopBoundMs: 4_900,
      storesOnDisk: (values) => values["data-dir"] !== undefined,
      async start(values, log) {
        const addr = values.addr ?? defaultAddr;
        const hosts = parseAddress(addr)?.hosts ?? [];
        if (values.dev && !values["dev-insecure"] && !hosts.every(isLoopback)) {
          throw new FlagError(
            "--dev shows sign-in tokens to everyone; listen on loopback, or add --dev-insecure",
          );
        }
        const askedMetrics = values["metrics-addr"];
        const server = await startLocalAgentDraft({
          addr,
          metricsAddr: askedMetrics ?? defaultMetricsAddr,
          metricsMayMove: askedMetrics === undefined,
          fsync: values.fsync,
          dev: values.dev,
          holdTtlSeconds: values["hold-ttl-seconds"],
          bumpWindowSeconds: values["bump-window-seconds"],
          arbitrationMs: values["arbitration-ms"],
          consentTtlSeconds: values["consent-ttl-seconds"],
          receiptTtlSeconds: values["receipt-ttl-seconds"],
          mailQuotaPerDay: values["mail-quota-per-day"],
          ...given("dataDir", values["data-dir"]),
          ...given("rateLimit", values["rate-limit"]),
          ...given("mailboxDomain", values["mailbox-domain"]),
          ...given("conferencingBaseUrl", values["conferencing-base-url"]),
          ...given("issuer", values.issuer),
          log,
        });
        if (values.dev) {
          log.warn({ url: server.url }, "development mode: whoever reaches this port can sign in as anyone");
        }
        const metrics = server.metricsUrl === undefined ? "off" : new URL(server.metricsUrl).host;
        if (server.metricsMoved) {
          log.warn({ metrics }, `${defaultMetricsAddr} is taken; metrics are on a free port`);
        }
        return {
          readyLine: `http=${server.address} metrics=${metrics} store=${server.store}`,
          close: () => server.close(),
        };
      },
    },
    args,
  );
}

/** An option that is left out when its flag was not given. */
function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]?: Value });
}

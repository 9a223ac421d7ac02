// What an operator may choose about a server: options, flags, bounds, defaults and help text in one table.
import { onlyForPrograms, type Setting, type Settings } from "@x/core/service";
import { type DeepPartial, type GridWireProfile, gridProfile, profileWith } from "../wire/profile.ts";
import { defaultRules } from "./rules/model/rule-options.ts";

/** How long things last, in seconds; fractions are fine. Each above 0, up to 31536000 (a year). */
export interface GridTuning {
  /** How long a registration or a heartbeat keeps a node online. @default 90 */
  readonly online_ttl_s: number;
  /** How long a node is offline before its status is `available` again. @default 300 */
  readonly status_reset_s: number;
  /** Life of a claim code. @default 900 */
  readonly claim_code_ttl_s: number;
  /** How long a message waits for an offline receiver before its task fails. @default 86400 */
  readonly delivery_timeout_s: number;
  /** How long a room stays open in which nothing happens. @default 3600 */
  readonly room_idle_s: number;
  /** How often a stream that says nothing shows that it is alive. @default 30 */
  readonly sse_keepalive_s: number;
  /** Life of a stream. @default 3600 */
  readonly sse_lifetime_s: number;
  /** How old a missed firing may be to be made up for. @default 3600 */
  readonly missed_grace_s: number;
}

/** Settings of a server, beside those that every local server has. */
export interface GridSettings {
  /**
   * Asked of humans who claim agents and of who operates grids, 1 to 500 characters; as the bearer token of the admin API and
   * in the form. On the command line also `X_GRID_ADMIN_TOKEN`. Without it, these are open to this machine alone.
   */
  readonly adminToken: string | undefined;
  /** Requests per second of one node, 1..1000000, of which as many may come at once; or `off`. @default "off" */
  readonly rateLimit: number | "off";
  /** Messages per minute of one node into one room, 1..1000000; or `off`. @default "off" */
  readonly roomRate: number | "off";
  /** How long things last. */
  readonly tune: GridTuning;
  /** What of the wire is otherwise, for programs: see `GridWireProfile`. */
  readonly profile: GridWireProfile;
}

export const defaultTuning: GridTuning = {
  online_ttl_s: defaultRules.onlineTtlMs / 1_000,
  status_reset_s: defaultRules.statusResetMs / 1_000,
  claim_code_ttl_s: defaultRules.claimCodeTtlMs / 1_000,
  delivery_timeout_s: defaultRules.deliveryTimeoutMs / 1_000,
  room_idle_s: defaultRules.roomIdleMs / 1_000,
  sse_keepalive_s: 30,
  sse_lifetime_s: 3_600,
  missed_grace_s: defaultRules.missedGraceMs / 1_000,
};

const longest = 31_536_000;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function tuning(value: unknown): GridTuning | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  const given = Object.entries(value).filter(([, each]) => each !== undefined);
  const isFine = given.every(
    ([name, each]) =>
      Object.hasOwn(defaultTuning, name) && typeof each === "number" && each > 0 && each <= longest,
  );
  return isFine ? { ...defaultTuning, ...Object.fromEntries(given) } : undefined;
}

const tune: Setting<GridTuning> = {
  flags: [
    {
      placeholder: "KEY=SECONDS,...",
      help: "how long things last",
      fallback: Object.entries(defaultTuning)
        .map(([name, seconds]) => `${name}=${seconds}`)
        .join(","),
    },
  ],
  fallback: defaultTuning,
  expected: `KEY=SECONDS,... with ${Object.keys(defaultTuning).join(", ")}, each above 0 and at most ${longest}`,
  accept: tuning,
  parse([text]) {
    if (text === undefined) {
      return undefined;
    }
    const pairs = text.split(",").map((pair) => /^(\w+)=(\d+(?:\.\d+)?)$/.exec(pair));
    const isFine =
      pairs.every((pair) => pair !== null) && new Set(pairs.map((pair) => pair?.[1])).size === pairs.length;
    return isFine ? Object.fromEntries(pairs.map((pair) => [pair?.[1], Number(pair?.[2])])) : text;
  },
};

const most = 1_000_000;

const countOrOff = (help: string): Setting<number | "off"> => ({
  flags: [{ placeholder: "N", help, fallback: `off; 1 to ${most}` }],
  fallback: "off",
  expected: `a whole number from 1 to ${most}, or off`,
  accept: (value) =>
    value === "off" || (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most)
      ? value
      : undefined,
  parse: ([text]) => (text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : text),
});

const adminToken: Setting<string | undefined> = {
  flags: [
    {
      placeholder: "TOKEN",
      help: "asked of humans who claim agents and look after grids",
      fallback: "X_GRID_ADMIN_TOKEN, else none: these are open to this machine alone",
    },
  ],
  fallback: undefined,
  expected: "1 to 500 visible ASCII characters",
  secret: true,
  accept: (value) => (typeof value === "string" && /^[\x21-\x7e]{1,500}$/.test(value) ? value : undefined),
  // An empty variable is how shells unset one.
  parse: ([text]) => text ?? (process.env.X_GRID_ADMIN_TOKEN || undefined),
};

const wireProfile: Setting<GridWireProfile> = {
  flags: [],
  fallback: gridProfile,
  expected: "an object like the profile of the wire",
  accept: (value) => (isObject(value) ? profileWith(value as DeepPartial<GridWireProfile>) : undefined),
  parse: () => undefined,
};

export const settings: Settings<GridSettings> = {
  adminToken,
  rateLimit: countOrOff("requests per second of one node; or off"),
  roomRate: countOrOff("messages per minute of one node into one room; or off"),
  tune,
  profile: onlyForPrograms(wireProfile),
};

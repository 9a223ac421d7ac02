// The client: the resources of the product page on one connection.

import {
  type Clock,
  checkOptions,
  clientRules,
  environmentValue,
  type Fetch,
  type Hooks,
  must,
  type OptionRules,
} from "@x/core";
import { AuthError } from "../errors.ts";
import { packageVersion } from "../version.ts";
import { defaultBaseUrl } from "../wire/base-url.ts";
import { defaultPaths, type Paths } from "../wire/paths.ts";
import { type Agents, createAgents } from "./agents.ts";
import { type Approvals, createApprovals } from "./approvals.ts";
import { type Audit, createAudit } from "./audit.ts";
import { type Availability, createAvailability } from "./availability.ts";
import { type Bookings, createBookings } from "./bookings.ts";
import { type Connection, openConnection, serviceName } from "./connection.ts";
import { type Consents, createConsents } from "./consents.ts";
import { createEvents, type Events } from "./events.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import { createNegotiation, type Negotiation } from "./negotiation.ts";

/** Settings of a client. */
export interface AgentDraftOptions {
  /** `avs_live_...`. @default the environment variable `AGENTDRAFT_API_KEY` */
  readonly apiKey?: string | undefined;
  /** @default the environment variable `AGENTDRAFT_BASE_URL`, else `https://api.agentdraft.io` */
  readonly baseUrl?: string | undefined;
  /** Deadline of each call with all its attempts, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number | undefined;
  /** Attempts after the first one, where a repeat is safe. @default 2 */
  readonly maxRetries?: number | undefined;
  /** @default `x-agentdraft/<version>` */
  readonly userAgent?: string | undefined;
  /** Takes the place of the built-in one. */
  readonly fetch?: Fetch | undefined;
  /** Paths of the service that differ from the known ones. */
  readonly paths?: Partial<Paths> | undefined;
  /** Told about calls, attempts and retries. */
  readonly hooks?: Hooks | undefined;
  /** The client's time, for tests. */
  readonly clock?: Clock | undefined;
}

const rules: OptionRules<AgentDraftOptions> = {
  ...clientRules,
  apiKey: { ...must.beText, secret: true },
  baseUrl: must.beText,
  userAgent: must.beText,
  fetch: must.beFunction,
  paths: {
    expected: `an object of paths by the names ${Object.keys(defaultPaths).join(", ")}`,
    isOne: (value) =>
      must.beTextMap.isOne(value) && Object.keys(Object(value)).every((name) => name in defaultPaths),
  },
};

/** A client of AgentDraft, for one agent. Connects when it is first used; an idle client keeps no process alive. */
export class AgentDraft implements AsyncDisposable {
  /** Who the key belongs to. */
  readonly agents: Agents;
  /** Free slots of the calendar. */
  readonly availability: Availability;
  /** Hold, release, commit, cancel. */
  readonly bookings: Bookings;
  /** The agent's mail. */
  readonly mailbox: Mailbox;
  /** Ask a person. */
  readonly approvals: Approvals;
  /** Bookings that wait for a person. */
  readonly consents: Consents;
  /** What happened, in a log that cannot be changed unnoticed. */
  readonly audit: Audit;
  /** What happens now. */
  readonly events: Events;
  /** Propose and accept other slots. */
  readonly negotiation: Negotiation;
  /** Where the service is, without a slash at its end. */
  readonly baseUrl: string;
  readonly #connection: Connection;

  /**
   * @throws AuthError `missing_api_key`, or `invalid_api_key` for a key that does not begin with `avs_live_`
   * @throws InvalidArgumentError `invalid_base_url`, `invalid_option`
   */
  constructor(options: AgentDraftOptions = {}) {
    checkOptions(options, rules, { service: serviceName, operation: "new client" });
    const { timeoutMs = 10_000, maxRetries = 2, fetch, hooks, clock, paths } = options;
    const connection = openConnection({
      apiKey: checkApiKey(options.apiKey ?? environmentValue("AGENTDRAFT_API_KEY")),
      baseUrl: options.baseUrl ?? environmentValue("AGENTDRAFT_BASE_URL") ?? defaultBaseUrl,
      userAgent: options.userAgent ?? `x-agentdraft/${packageVersion}`,
      paths: { ...defaultPaths, ...paths },
      timeoutMs,
      maxRetries,
      fetch,
      hooks,
      clock,
    });
    this.#connection = connection;
    this.baseUrl = connection.baseUrl;
    this.agents = createAgents(connection);
    this.availability = createAvailability(connection);
    this.bookings = createBookings(connection);
    this.mailbox = createMailbox(connection);
    this.approvals = createApprovals(connection);
    this.consents = createConsents(connection);
    this.audit = createAudit(connection);
    this.events = createEvents(connection);
    this.negotiation = createNegotiation(connection);
  }

  /** Ends what is under way and closes the connections. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function checkApiKey(key: string | undefined): string {
  const operation = "constructor";
  if (key === undefined) {
    throw new AuthError("No API key: give apiKey, or set AGENTDRAFT_API_KEY.", {
      operation,
      code: "missing_api_key",
    });
  }
  if (!/^avs_live_[\x21-\x7e]+$/.test(key)) {
    throw new AuthError("This is no API key: keys begin with avs_live_ and have no spaces.", {
      operation,
      code: "invalid_api_key",
    });
  }
  return key;
}

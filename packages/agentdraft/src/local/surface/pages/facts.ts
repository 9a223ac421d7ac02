// What the page shows of one calendar: asked of the rules like any other request, so that it is as fresh as an answer.
import type { Now } from "@x/core/service";
import type { Engine } from "../../engine/engine.ts";
import type { Command, Page, Replies } from "../../rules/model/commands.ts";
import type { PageOf } from "../../rules/model/paging.ts";
import { isRefusal } from "../../rules/model/refusal.ts";
import type {
  AgentView,
  ApprovalView,
  AuditEvent,
  AuditHead,
  BookingView,
  ConsentView,
  MessageView,
  RulesView,
} from "../../rules/model/views.ts";
import type { OwnerCaller } from "../access.ts";
import { weekOf } from "./week-time.ts";

export interface CalendarFacts {
  readonly owner: OwnerCaller;
  readonly now: Now;
  readonly rules: RulesView;
  readonly agents: readonly AgentView[];
  /** The first local day of the week that is shown, as days since 1970-01-01: a Monday. */
  readonly monday: number;
  /** Bookings that touch the week, oldest first. */
  readonly bookings: readonly BookingView[];
  /** Whether the week has more bookings than are shown. */
  readonly moreBookings: boolean;
  readonly approvals: readonly ApprovalView[];
  readonly consents: readonly ConsentView[];
  readonly messages: readonly (MessageView & { readonly agentId: string })[];
  readonly head: AuditHead;
  /** The newest events of the chain, oldest first. */
  readonly events: readonly AuditEvent[];
}

const mostBookings = 500;
const pageOfBookings = 100;
const decisionsShown = 100;
const newestEvents = 200;
const newestMessages = 20;

/** @param week a local date of the week, as `YYYY-MM-DD`; this week when it is none */
export async function gatherFacts(
  engine: Engine,
  owner: OwnerCaller,
  week: string | undefined,
): Promise<CalendarFacts> {
  const { userId } = owner;
  const asker = { userId };
  const now = engine.now();
  const { rules } = await demand(engine, { type: "getRules", userId });
  const { monday, fromMs, toMs } = weekOf(rules.timezone, week, now.wall);
  const bookings: BookingView[] = [];
  let cursor: string | null = null;
  do {
    const page: Replies["listBookings"] = await demand(engine, {
      type: "listBookings",
      asker,
      status: null,
      fromMs,
      toMs,
      cursor,
      limit: pageOfBookings,
    });
    bookings.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && bookings.length < mostBookings);
  const [{ agents }, approvals, consents, { messages }, { head }] = await Promise.all([
    demand(engine, { type: "listAgents", userId }),
    pendingFirst((page) => demand(engine, { type: "listApprovals", asker, ...page })),
    pendingFirst((page) => demand(engine, { type: "listConsents", userId, ...page })),
    demand(engine, { type: "listMail", userId, limit: newestMessages }),
    demand(engine, { type: "getAuditHead", asker }),
  ]);
  const after = Math.max(0, head.seq - newestEvents);
  const events = await engine.audit.list(userId, { after, limit: newestEvents });
  return {
    owner,
    now,
    rules,
    agents,
    monday,
    bookings,
    moreBookings: cursor !== null,
    approvals,
    consents,
    messages,
    head,
    events,
  };
}

/** Those that wait, and the newest of the others. */
async function pendingFirst<Item extends { readonly status: string }>(
  list: (page: PageOf & { readonly status: "pending" | null }) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const page = { cursor: null, limit: decisionsShown };
  const [pending, newest] = await Promise.all([
    list({ ...page, status: "pending" }),
    list({ ...page, status: null }),
  ]);
  return [...pending.items, ...newest.items.filter(({ status }) => status !== "pending")];
}

/** @throws {Error} for a refusal: an owner who is signed in may read its own calendar */
async function demand<Type extends Command["type"]>(
  engine: Engine,
  command: Extract<Command, { type: Type }>,
): Promise<Replies[Type]> {
  const reply = await engine.run(command);
  if (isRefusal(reply)) {
    throw new Error(`${command.type} was refused to the owner: ${reply.detail}`);
  }
  return reply;
}

// What the page shows of one calendar: asked of the rules like any other request, so that it is as fresh as an answer.
import type { Now } from "@x/core/service";
import type { Engine } from "../../engine/engine.ts";
import type { Command, Replies } from "../../rules/model/commands.ts";
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
  /** What waits for the owner, the earliest end first. */
  readonly undecided: Replies["listUndecided"];
  /** The newest of what does not wait any more. */
  readonly decided: readonly (ApprovalView | ConsentView)[];
  readonly messages: readonly (MessageView & { readonly agentId: string })[];
  readonly head: AuditHead;
  /** The newest events of the chain, oldest first. */
  readonly events: readonly AuditEvent[];
}

const mostBookings = 500;
const pageOfBookings = 100;
const decisionsShown = 50;
const decidedShown = 10;
/** Of the newest, those that are searched for decided ones. */
const decidedSearched = 100;
const newestEvents = 200;
const newestMessages = 20;

/** Which part of the calendar is asked for; what makes no sense is this week, or the first page. */
export interface Shown {
  /** A local date of the week, as `YYYY-MM-DD`. */
  readonly week?: string | undefined;
  /** The page of decisions, 1 for the first. */
  readonly decisions?: string | undefined;
  /** The id of a decision to show. */
  readonly decision?: string | undefined;
}

export async function gatherFacts(engine: Engine, owner: OwnerCaller, shown: Shown): Promise<CalendarFacts> {
  const { userId } = owner;
  const asker = { userId };
  const now = engine.now();
  const { rules } = await demand(engine, { type: "getRules", userId });
  const { monday, fromMs, toMs } = weekOf(rules.timezone, shown.week, now.wall);
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
  const newest = { status: null, cursor: null, limit: decidedSearched };
  const [{ agents }, undecided, approvals, consents, { messages }, { head }] = await Promise.all([
    demand(engine, { type: "listAgents", userId }),
    demand(engine, {
      type: "listUndecided",
      userId,
      about: shown.decision ?? null,
      page: Number(/^\d{1,6}$/.exec(shown.decisions ?? "")?.[0] ?? 1),
      limit: decisionsShown,
    }),
    demand(engine, { type: "listApprovals", asker, ...newest }),
    demand(engine, { type: "listConsents", userId, ...newest }),
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
    undecided,
    decided: decidedOf(undecided.decided, [...approvals.items, ...consents.items]),
    messages,
    head,
    events,
  };
}

/** The newest of those that were decided or ended otherwise, behind the one that is asked for. */
function decidedOf(
  asked: ApprovalView | ConsentView | null,
  items: readonly (ApprovalView | ConsentView)[],
): readonly (ApprovalView | ConsentView)[] {
  const others = items
    .filter((item) => item.status !== "pending" && decisionId(item) !== (asked && decisionId(asked)))
    .sort((a, b) => b.createdAtMs - a.createdAtMs);
  return [...(asked === null ? [] : [asked]), ...others].slice(0, decidedShown);
}

export const decisionId = (item: ApprovalView | ConsentView): string =>
  "approvalId" in item ? item.approvalId : item.consentRequestId;

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

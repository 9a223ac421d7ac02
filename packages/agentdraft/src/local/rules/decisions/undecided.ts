// What waits for the owner, approvals and consents alike: what ends first comes first.
import { ownCalendar } from "../model/auth.ts";
import type { CommandOf, Replies } from "../model/commands.ts";
import type { Refusal } from "../model/refusal.ts";
import type { Approval, Consent, State } from "../model/state.ts";
import type { ApprovalView, ConsentView } from "../model/views.ts";
import { approvalView } from "./approvals.ts";
import { consentView } from "./consents.ts";

const idOf = (item: Approval | Consent): string => ("approvalId" in item ? item.approvalId : item.consentId);

const viewOf = (state: State, item: Approval | Consent): ApprovalView | ConsentView =>
  "approvalId" in item ? approvalView(item) : consentView(state, item);

/** One page, or the page that an item is on. An item that is decided already comes by itself. */
export function listUndecided(
  state: State,
  { userId, about, page, limit }: CommandOf<"listUndecided">,
): Replies["listUndecided"] | Refusal {
  const calendar = ownCalendar(state, userId);
  if ("refused" in calendar) {
    return calendar;
  }
  const items = [...calendar.undecided].sort(
    (a, b) => a.expiresAtMs - b.expiresAtMs || (idOf(a) < idOf(b) ? -1 : 1),
  );
  const place = items.findIndex((item) => idOf(item) === about);
  const pages = Math.max(1, Math.ceil(items.length / limit));
  const shown = Math.min(pages, Math.max(1, place === -1 ? page : Math.floor(place / limit) + 1));
  const decided = about === null ? undefined : (state.approvals.get(about) ?? state.consents.get(about));
  return {
    items: items.slice((shown - 1) * limit, shown * limit).map((item) => viewOf(state, item)),
    page: shown,
    pages,
    total: items.length,
    decided:
      decided === undefined || decided.userId !== userId || decided.status === "pending"
        ? null
        : viewOf(state, decided),
  };
}

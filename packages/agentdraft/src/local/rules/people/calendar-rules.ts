// Reading and replacing the owner's rules.

import { isoformat } from "../../../wire/isoformat.ts";
import { minutesOf } from "../bookings/owner-rules.ts";
import { ownCalendar } from "../model/auth.ts";
import { emitAudited, owner } from "../model/chain.ts";
import type { CommandOf, Replies } from "../model/commands.ts";
import type { RecordOf } from "../model/records.ts";
import { invalid, type Refusal } from "../model/refusal.ts";
import { calendarOf, type State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import type { AuditValue, FocusBlock, RulesView, WeeklyWindow } from "../model/views.ts";
import { zoneProblem } from "../time/zone.ts";

export function getRules(state: State, { userId }: CommandOf<"getRules">): Replies["getRules"] | Refusal {
  const calendar = ownCalendar(state, userId);
  return "refused" in calendar ? calendar : { rules: calendar.rules };
}

export function setRules(
  state: State,
  { userId, rules }: CommandOf<"setRules">,
  turn: DraftTurn,
): Replies["setRules"] | Refusal {
  const calendar = ownCalendar(state, userId);
  if ("refused" in calendar) {
    return calendar;
  }
  const problem = problemOf(rules);
  if (problem !== undefined) {
    return problem;
  }
  emitAudited(turn, calendar, {
    type: "rule.changed",
    actor: owner,
    resource: userId,
    data: auditData(rules),
    record: { type: "rules.set", userId, rules },
  });
  return { rules };
}

export function applyRules(state: State, record: RecordOf<"rules.set">): void {
  calendarOf(state, record).rules = record.rules;
}

function problemOf(rules: RulesView): Refusal | undefined {
  const zone = zoneProblem(rules.timezone);
  if (zone !== undefined) {
    return invalid("timezone", zone);
  }
  if (rules.businessHours.some((window) => !isWindow(window))) {
    return invalid("business_hours", "a window has ISO weekdays, a start and a later end as HH:MM");
  }
  const isFocus = (block: FocusBlock): boolean =>
    "days" in block ? isWindow(block) : block.startMs < block.endMs;
  if (!rules.focusBlocks.every(isFocus)) {
    return invalid("focus_blocks", "a block is a weekly window, or a start and a later end");
  }
  const bounds: readonly (readonly [string, number | null, number, number])[] = [
    ["daily_cap", rules.dailyCap, 0, 1_000],
    ["max_duration_min", rules.maxDurationMin, 1, 480],
    ["buffer_before_min", rules.bufferBeforeMin, 0, 240],
    ["buffer_after_min", rules.bufferAfterMin, 0, 240],
    ["hold_ttl_seconds", rules.holdTtlSeconds, 1, 900],
    ["bump_window_seconds", rules.bumpWindowSeconds, 0, 86_400],
  ];
  for (const [field, value, min, max] of bounds) {
    if (value !== null && !(Number.isInteger(value) && value >= min && value <= max)) {
      return invalid(field, `${field} is a whole number from ${min} to ${max}`);
    }
  }
  return undefined;
}

const clock = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

function isWindow({ days, start, end }: WeeklyWindow): boolean {
  return (
    days.length > 0 &&
    days.every((day) => Number.isInteger(day) && day >= 1 && day <= 7) &&
    clock.test(start) &&
    (clock.test(end) || end === "24:00") &&
    minutesOf(start) < minutesOf(end)
  );
}

/** The rules as the wire writes them: whole numbers and texts only, as an event demands. */
function auditData(rules: RulesView): { readonly [key: string]: AuditValue } {
  const weekly = ({ days, start, end }: WeeklyWindow): AuditValue => ({ days, start, end });
  return {
    timezone: rules.timezone,
    business_hours: rules.businessHours.map(weekly),
    focus_blocks: rules.focusBlocks.map((block) =>
      "days" in block ? weekly(block) : { start: isoformat(block.startMs), end: isoformat(block.endMs) },
    ),
    daily_cap: rules.dailyCap,
    max_duration_min: rules.maxDurationMin,
    buffer_before_min: rules.bufferBeforeMin,
    buffer_after_min: rules.bufferAfterMin,
    hold_ttl_seconds: rules.holdTtlSeconds,
    bump_window_seconds: rules.bumpWindowSeconds,
    consent_actions: rules.consentActions,
  };
}

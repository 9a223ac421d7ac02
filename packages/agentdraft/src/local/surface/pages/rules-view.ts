// The rules of the calendar in words that can be changed: one line for each window.
import { html, type Markup } from "@x/core/service";
import { isoformat } from "../../../wire/isoformat.ts";
import type { FocusBlock, RulesView } from "../../rules/model/views.ts";

export function rulesView(rules: RulesView): Markup {
  const number = (name: string, label: string, value: number | null, max: number, unit: string): Markup =>
    html`<label>${label} <input type="number" name="${name}" min="0" max="${max}" value="${value ?? ""}"> ${unit}</label>`;
  return html`<form data-send="PUT" action="/v1/dashboard/rules" data-rules class="rules">
<label>Time zone <input name="timezone" value="${rules.timezone}" required autocomplete="off"></label>
<label>Business hours, one window a line, such as <code>1,2,3,4,5 09:00-17:00</code> (1 is Monday)
<textarea name="business_hours" rows="3">${rules.businessHours.map(lineOf).join("\n")}</textarea></label>
<label>Focus blocks, such as <code>3 13:00-15:00</code>, or a start and an end with dates
<textarea name="focus_blocks" rows="3">${rules.focusBlocks.map(lineOf).join("\n")}</textarea></label>
${number("daily_cap", "Bookings per agent and day, at most", rules.dailyCap, 1_000, "")}
${number("max_duration_min", "Longest booking", rules.maxDurationMin, 480, "minutes")}
${number("buffer_before_min", "Buffer before", rules.bufferBeforeMin, 240, "minutes")}
${number("buffer_after_min", "Buffer after", rules.bufferAfterMin, 240, "minutes")}
${number("hold_ttl_seconds", "Holds live", rules.holdTtlSeconds, 900, "seconds")}
${number("bump_window_seconds", "Bump window", rules.bumpWindowSeconds, 86_400, "seconds")}
<label><input type="checkbox" name="consent"${rules.consentActions.length > 0 ? html` checked` : html``}> every booking needs my consent</label>
<button>Save</button><output></output></form>`;
}

function lineOf(block: FocusBlock): string {
  return "days" in block
    ? `${block.days.join(",")} ${block.start}-${block.end}`
    : `${isoformat(block.startMs)} ${isoformat(block.endMs)}`;
}

// The week as a drawing: days side by side, what is booked in full width, what lost its slot as a strip beside it.
import { html, type Markup } from "@x/core/service";
import type { BookingView } from "../../rules/model/views.ts";
import { zoneOf } from "../../rules/time/zone.ts";
import type { CalendarFacts } from "./facts.ts";
import { dateOf, dayName, localWords } from "./week-time.ts";

const dayWidth = 150;
const gutter = 52;
const hourHeight = 44;
const headHeight = 28;
/** Room for the lower half of the last hour's name. */
const footHeight = 8;
const hourMs = 3_600_000;
/** What one line of a label needs; a lower piece has none, and says all in its title. */
const lineHeight = 17;

/** What a booking looks like: `live` ones hold their slot, `lost` ones had it. The others are only in the table. */
function lookOf(booking: BookingView): "commit" | "hold" | "lost" | undefined {
  switch (booking.status) {
    case "COMMITTED":
      return "commit";
    case "HOLD":
      return "hold";
    case "EVICTED":
    case "INVALIDATED":
      return "lost";
    case "CANCELLED":
    case "RELEASED":
    case "EXPIRED":
    case "CONSUMED":
      return undefined;
  }
}

export function weekView(facts: CalendarFacts, nameOf: (agentId: string) => string): Markup {
  const { monday, rules, now } = facts;
  const zone = zoneOf(rules.timezone);
  const words = localWords(rules.timezone);
  const pieces = facts.bookings.flatMap((booking) => {
    const look = lookOf(booking);
    return look === undefined ? [] : piecesOf(booking, look, zone, monday);
  });
  const first = Math.min(8, ...pieces.map(({ fromHour }) => Math.floor(fromHour)));
  const last = Math.max(18, ...pieces.map(({ toHour }) => Math.ceil(toHour)));
  const height = headHeight + (last - first) * hourHeight;
  const width = gutter + 7 * dayWidth;
  const yOf = (hour: number): number => headHeight + (hour - first) * hourHeight;
  const hours = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const today = zone.local(now.wall);
  const nowHour = today.msOfDay / hourMs;

  const columns = Array.from({ length: 7 }, (_, index) => {
    const x = gutter + index * dayWidth;
    const isToday = monday + index === today.day;
    return html`<rect class="${isToday ? "day today" : "day"}" x="${x}" y="${headHeight}" width="${dayWidth}" height="${height - headHeight}"/>
<text class="${isToday ? "dayname now" : "dayname"}" x="${x + 8}" y="18">${dayName(monday + index)}</text>`;
  });
  const lines = hours.map(
    (hour) => html`<line x1="${gutter}" x2="${width}" y1="${yOf(hour)}" y2="${yOf(hour)}"/>
<text class="hour" x="${gutter - 8}" y="${yOf(hour) + 4}">${String(hour).padStart(2, "0")}:00</text>`,
  );
  const drawn = pieces.map(({ booking, look, column, fromHour, toHour }) => {
    const lost = look === "lost";
    const x = gutter + column * dayWidth + (lost ? dayWidth - 16 : 4);
    const w = lost ? 12 : dayWidth - 24;
    const h = Math.max(10, (toHour - fromHour) * hourHeight - 2);
    const label = booking.title ?? (look === "hold" ? "held" : "booked");
    const title = `${words.span(booking.startMs, booking.endMs)}: ${label}, ${nameOf(booking.agentId)}, ${booking.status}`;
    const inner =
      lost || h < lineHeight
        ? html``
        : html`<foreignObject x="${x}" y="${yOf(fromHour)}" width="${w}" height="${h}"><p class="${h < 2 * lineHeight ? "label tight" : "label"}"><b>${label}</b> ${nameOf(booking.agentId)}</p></foreignObject>`;
    return html`<a href="#${booking.bookingId}"><title>${title}</title><rect class="${look}" x="${x}" y="${yOf(fromHour)}" width="${w}" height="${h}" rx="4"/>${inner}</a>
`;
  });
  const showsNow =
    today.day >= monday && today.day < monday + 7 && nowHour >= first && nowHour <= last
      ? html`<line class="nowline" x1="${gutter + (today.day - monday) * dayWidth}" x2="${gutter + (today.day - monday + 1) * dayWidth}" y1="${yOf(nowHour)}" y2="${yOf(nowHour)}"/>`
      : html``;

  return html`<nav class="weeks"><a href="/dashboard?week=${dateOf(monday - 7)}">earlier</a>
<b>${dateOf(monday)} to ${dateOf(monday + 6)}</b>
<a href="/dashboard?week=${dateOf(monday + 7)}">later</a> <a href="/dashboard">this week</a> <span class="quiet">times in ${rules.timezone}</span></nav>
<div class="scroll"><svg class="week" viewBox="0 0 ${width} ${height + footHeight}" width="${width}" height="${height + footHeight}" role="img" aria-label="The week; the table below lists the same bookings">
${columns}${lines}${drawn}${showsNow}
</svg></div>
<p class="legend"><span class="key commit"></span> booked <span class="key hold"></span> held for a moment <span class="key lost"></span> lost its slot</p>`;
}

interface Piece {
  readonly booking: BookingView;
  readonly look: "commit" | "hold" | "lost";
  /** 0 for Monday. */
  readonly column: number;
  readonly fromHour: number;
  readonly toHour: number;
}

/** The parts of a booking that lie on the days of the week: more than one across midnight or a clock change. */
function piecesOf(
  booking: BookingView,
  look: Piece["look"],
  zone: ReturnType<typeof zoneOf>,
  monday: number,
): Piece[] {
  return zone
    .spans(booking.startMs, booking.endMs)
    .filter(({ day }) => day >= monday && day < monday + 7)
    .map(({ day, startMs, endMs }) => ({
      booking,
      look,
      column: day - monday,
      fromHour: startMs / hourMs,
      toHour: endMs / hourMs,
    }));
}

// Small charts, drawn by the server as SVG: one look says what is usual and what is not.
import { html, type Markup } from "../html.ts";
import type { Samples } from "./samples.ts";
import { measured } from "./words.ts";

/** A line of a chart. */
export interface Line<Name extends string> {
  readonly of: Name;
  /** In the legend, when there are several lines. */
  readonly title: string;
  /** How readings that fall on one point become one. @default "mean" */
  readonly by?: "mean" | "max";
}

/** What to draw. */
export interface Chart<Name extends string> {
  readonly title: string;
  /** Behind the numbers, such as `/s` or `ms`; none by default. */
  readonly unit?: string;
  /** One to three lines; the first is what the large number tells. */
  readonly lines: readonly [Line<Name>, ...Line<Name>[]];
}

const width = 300;
const height = 72;
const points = 120;

/** The shortest of these spans, in minutes, that holds what is known is drawn. */
const spans = [5, 15, 60] as const;

/** Draws a chart of the newest readings. */
export function chart<Name extends string>(
  samples: Samples<Name>,
  { title, unit = "", lines }: Chart<Name>,
): Markup {
  const minutes = spans.find((span) => (samples.taken * samples.everyMs) / 60_000 <= span) ?? 60;
  const drawn = lines.map(({ of, title: name, by = "mean" }) => {
    const values = newest(samples.of(of), Math.ceil((minutes * 60_000) / samples.everyMs));
    return { name, values: joined(values, samples, minutes, by), now: values.at(-1) ?? 0 };
  });
  const peak = drawn.reduce((most, { values }) => Math.max(most, ...values), 0);
  const top = niceAbove(peak);
  const words = (value: number): string => `${measured(value)}${unit}`;
  const now = drawn.map((line) => `${drawn.length > 1 ? `${line.name} ` : ""}${words(line.now)}`).join(", ");
  const said = `${title}, last ${minutes} minutes: now ${now}; at most ${words(peak)}`;
  const legend =
    drawn.length === 1
      ? html``
      : html`<p class="legend">${drawn.map(
          ({ name, now: value }, index) =>
            html`<span class="line-${index}" data-key="${name}">${name} ${words(value)}</span>`,
        )}</p>`;
  const middle = height / 2;
  return html`<figure class="chart"><figcaption><span>${title}</span> <b>${words(drawn[0]?.now ?? 0)}</b></figcaption><svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${said}"><path class="grid" d="M0 .5H${width}M0 ${middle}H${width}M0 ${height - 0.5}H${width}"/>${drawn.map(
    ({ values }, index) => pathsOf(values, top, index),
  )}</svg><p class="scale"><span>last ${minutes} min</span><span>peak ${words(peak)}</span></p>${legend}</figure>`;
}

function newest(values: Float64Array, count: number): Float64Array {
  return values.subarray(Math.max(0, values.length - count));
}

/** As many values as points are drawn. A reading stays with its neighbours while time goes on, so that lines do not dance. */
function joined<Name extends string>(
  values: Float64Array,
  { taken, everyMs }: Samples<Name>,
  minutes: number,
  by: "mean" | "max",
): readonly number[] {
  const each = Math.max(1, Math.round((minutes * 60_000) / everyMs / points));
  const first = taken - values.length;
  const found: number[] = [];
  let sum = 0;
  let most = 0;
  let count = 0;
  values.forEach((value, index) => {
    sum += value;
    most = Math.max(most, value);
    count += 1;
    if ((first + index + 1) % each === 0 || index === values.length - 1) {
      found.push(by === "mean" ? sum / count : most);
      sum = 0;
      most = 0;
      count = 0;
    }
  });
  return found.slice(-points);
}

/** The next round number, so that the scale changes seldom. */
function niceAbove(value: number): number {
  if (value <= 0) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function pathsOf(values: readonly number[], top: number, index: number): Markup {
  if (values.length === 0) {
    return html``;
  }
  const step = width / (points - 1);
  const start = width - (values.length - 1) * step;
  const place = (value: number, at: number): string =>
    `${(start + at * step).toFixed(1)} ${(height - 2 - (value / top) * (height - 6)).toFixed(1)}`;
  const line = `M${values.map(place).join("L")}`;
  // Only the first line is filled: what lies over each other is not read.
  const area =
    index === 0
      ? html`<path class="area" d="${line}V${height}H${start.toFixed(1)}Z" data-key="area"/>`
      : html``;
  return html`${area}<path class="line line-${index}" d="${line}" data-key="line-${index}"/>`;
}

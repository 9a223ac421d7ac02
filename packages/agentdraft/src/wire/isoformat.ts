// Times as the wire writes them: Python's isoformat in UTC, with six digits or none behind the second.

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** `YYYY-MM-DDT` of days that were asked for: a calendar's times lie on few of them. */
const dates = new Map<number, string>();
const datesKept = 2_000;

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

function dateOf(day: number): string {
  let date = dates.get(day);
  if (date === undefined) {
    date = new Date(day * dayMs).toISOString().slice(0, -13);
    if (dates.size >= datesKept) {
      dates.clear();
    }
    dates.set(day, date);
  }
  return date;
}

/** Whole milliseconds since the epoch as `2030-01-07T10:00:00+00:00`, or with `.123000` before the offset. */
export function isoformat(ms: number): string {
  const day = Math.floor(ms / dayMs);
  const ofDay = ms - day * dayMs;
  const minutes = Math.floor(ofDay / minuteMs);
  const ofMinute = ofDay - minutes * minuteMs;
  const seconds = Math.floor(ofMinute / 1_000);
  const rest = ofMinute - seconds * 1_000;
  const fraction = rest === 0 ? "" : `.${rest < 100 ? "0" : ""}${rest < 10 ? "0" : ""}${rest}000`;
  return `${dateOf(day)}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds)}${fraction}+00:00`;
}

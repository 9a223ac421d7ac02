// Cron expressions: our own check of their fields, and their firings by croner, prepared so that it follows Debian's rules.
import { Cron } from "croner";

/** Why an expression was refused. */
export interface CronProblem {
  readonly problem: "bad_cron" | "never_fires";
  readonly expression: string;
  /** The field at fault; null where the expression as a whole is. */
  readonly field: string | null;
}

/** An expression that fires, as croner takes it. */
export interface ReadCron {
  /** Whether both day fields must match; else either is enough. */
  readonly domAndDow: boolean;
  readonly pattern: string;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** The largest step that tells from the next larger one. */
  readonly size: number;
  readonly names: readonly string[];
  /** What the first of the names stands for. */
  readonly namesFrom: number;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const fields: readonly [Field, Field, Field, Field, Field] = [
  { name: "minute", min: 0, max: 59, size: 60, names: [], namesFrom: 0 },
  { name: "hour", min: 0, max: 23, size: 24, names: [], namesFrom: 0 },
  { name: "day", min: 1, max: 31, size: 31, names: [], namesFrom: 0 },
  { name: "month", min: 1, max: 12, size: 12, names: months, namesFrom: 1 },
  { name: "weekday", min: 0, max: 7, size: 7, names: weekdays, namesFrom: 0 },
];

const macros: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/** What lies further ahead counts as never. */
const neverMs = 50 * 366 * 86_400_000;

/** Reads an expression of five fields, or a macro. Whether it ever fires is for {@link nextFiring} to say. */
export function readCron(expression: string): ReadCron | CronProblem {
  const macro = Object.hasOwn(macros, expression.trim().toLowerCase())
    ? macros[expression.trim().toLowerCase()]
    : undefined;
  const texts = (macro ?? expression).trim().split(/\s+/);
  if (texts.length !== fields.length) {
    return { problem: "bad_cron", expression, field: null };
  }
  const written: string[] = [];
  for (const [index, field] of fields.entries()) {
    const text = fieldText(texts[index] ?? "", field);
    if (text === undefined) {
      return { problem: "bad_cron", expression, field: field.name };
    }
    written.push(text);
  }
  return {
    pattern: written.join(" "),
    domAndDow: [texts[2], texts[4]].some((text) => text?.startsWith("*") === true),
  };
}

/**
 * One field as croner takes it; undefined for what is none. What does not begin with a star becomes a list: in the hours of
 * a clock change a step would else count as a star does.
 */
function fieldText(text: string, field: Field): string | undefined {
  const items = text.split(",");
  const values = new Set<number>();
  const stars: string[] = [];
  for (const item of items) {
    const [, from = "", to, step = "1"] =
      /^(\*|[a-z]+|\d{1,4})(?:-([a-z]+|\d{1,4}))?(?:\/(\d{1,4}))?$/i.exec(item) ?? [];
    const isStepped = item.includes("/");
    const every = Number(step);
    if (from === "" || every < 1 || (from === "*" && to !== undefined)) {
      return undefined;
    }
    const first = from === "*" ? field.min : numberOf(from, field);
    const last = to !== undefined ? numberOf(to, field) : from === "*" || isStepped ? field.max : first;
    if (first === undefined || last === undefined || first > last) {
      return undefined;
    }
    if (from === "*") {
      stars.push(every === 1 ? "*" : `*/${Math.min(every, field.size)}`);
    }
    for (let value = first; value <= last; value += every) {
      values.add(field.name === "weekday" ? value % 7 : value);
    }
  }
  const list = [...values].sort((a, b) => a - b).join(",");
  return text.startsWith("*") ? [...stars.slice(0, 1), list].join(",") : list;
}

function numberOf(text: string, { min, max, names, namesFrom }: Field): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  const value = named === -1 ? Number(text) : named + namesFrom;
  return Number.isInteger(value) && value >= min && value <= max ? value : undefined;
}

/**
 * The first firing of any of the expressions strictly after an instant; `undefined` where none fires within 50 years.
 *
 * The expressions must be such as {@link readCron} reads.
 */
export function nextFiring(
  expressions: readonly string[],
  timezone: string,
  afterMs: number,
): number | undefined {
  let next: number | undefined;
  for (const expression of expressions) {
    const read = readCron(expression);
    if ("problem" in read) {
      continue;
    }
    const at = firingOf(read, timezone, afterMs);
    if (at !== undefined && (next === undefined || at < next)) {
      next = at;
    }
  }
  return next;
}

function firingOf({ pattern, domAndDow }: ReadCron, timezone: string, afterMs: number): number | undefined {
  const cron = new Cron(pattern, {
    timezone,
    mode: "5-part",
    fixedTimeRule: "no-wildcard",
    sloppyRanges: true,
    domAndDow,
  });
  const at = cron.nextRun(new Date(afterMs))?.getTime();
  return at === undefined || at - afterMs > neverMs ? undefined : at;
}

/** The first of the expressions that is none or never fires. */
export function cronProblem(
  expressions: readonly string[],
  timezone: string,
  nowMs: number,
): CronProblem | undefined {
  for (const expression of expressions) {
    const read = readCron(expression);
    if ("problem" in read) {
      return read;
    }
    if (firingOf(read, timezone, nowMs) === undefined) {
      return { problem: "never_fires", expression, field: null };
    }
  }
  return undefined;
}

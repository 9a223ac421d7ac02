// What a tool answers, in a size that a model can read: lists are cut between items and say how to go on, texts are cut
// within, and JSON is never broken.

/** An answer: a plain object, or a list. Dates become ISO 8601 texts and bigints decimal texts. */
export type ToolAnswer = Readonly<Record<string, unknown>> | ListAnswer;

type Cursor = string | number | null | undefined;

/** An answer whose main part is a list that may be too long. */
export interface ListSpec {
  /** The member that holds the list, such as `slots`. */
  readonly name: string;
  readonly items: readonly unknown[];
  /** The cursor that goes on behind the item at this index. */
  cursorAfter(index: number): string | number;
  /** The cursor that goes on behind the last item; when that is the end, `null`, or `undefined` to say nothing of it. */
  readonly next: Cursor;
  /** Further members of the answer, before the list. */
  readonly also?: Readonly<Record<string, unknown>>;
  /** The argument that takes a cursor. @default "cursor" */
  readonly argument?: string;
  /** The member that holds the cursor of what follows, `null` at the end. @default "next_cursor" */
  readonly member?: string;
}

/** See {@link listAnswer}. */
export class ListAnswer {
  readonly spec: ListSpec;
  constructor(spec: ListSpec) {
    this.spec = spec;
  }
}

/** An answer with a list, of which only as many items are shown as fit. */
export const listAnswer = (spec: ListSpec): ListAnswer => new ListAnswer(spec);

/** How long an answer may be. */
export const answerChars = { fallback: 25_000, min: 1_000, max: 1_000_000 } as const;

const write = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => (typeof member === "bigint" ? String(member) : member)) ??
  "null";

/** The JSON text of an answer, with at most `maxChars` characters. */
export function answerText(answer: ToolAnswer, maxChars: number): string {
  return answer instanceof ListAnswer ? listText(answer.spec, maxChars) : objectText(answer, maxChars);
}

function listText(spec: ListSpec, maxChars: number): string {
  const { name, items, also = {}, argument = "cursor", member = "next_cursor" } = spec;
  const textWith = (shown: readonly unknown[], next: Cursor, all: number): string => {
    const rest = shown.length < all ? `${shown.length} of these ${all} fit. ` : "";
    const more = `${rest}For what follows, call again with ${argument}=${write(next)}.`;
    return write({
      ...also,
      [name]: shown,
      [member]: next,
      ...(next === null || next === undefined ? {} : { more }),
    });
  };
  const whole = textWith(items, spec.next, items.length);
  if (whole.length <= maxChars) {
    return whole;
  }
  const frame = textWith([], spec.cursorAfter(items.length - 1), items.length).length + 32;
  let room = maxChars - frame;
  let count = 0;
  for (const item of items) {
    room -= write(item).length + 1;
    if (room < 0) {
      break;
    }
    count += 1;
  }
  if (count > 0) {
    return textWith(items.slice(0, count), spec.cursorAfter(count - 1), items.length);
  }
  // One item alone is too long: it is shown in part, so that a reader gets on to the next.
  const next = items.length === 1 ? spec.next : spec.cursorAfter(0);
  return textWith([JSON.parse(objectText(items[0], maxChars - frame))], next, items.length);
}

/** How long texts and lists within a too large answer may be, tried one after the other. */
const cuts = [8_000, 4_000, 2_000, 1_000, 500, 200, 50, 10, 0] as const;

const cutNote = "This was too large: long texts and lists in it are cut, as they say themselves.";

function objectText(value: unknown, maxChars: number): string {
  const whole = write(value);
  if (whole.length <= maxChars) {
    return whole;
  }
  const plain: unknown = JSON.parse(whole);
  for (const cut of cuts) {
    const shown = shortened(plain, cut);
    const text = write(isRecord(shown) ? { cut: cutNote, ...shown } : shown);
    if (text.length <= maxChars) {
      return text;
    }
  }
  return write({ cut: `This was too large to show: ${whole.length} characters.` });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function shortened(value: unknown, most: number): unknown {
  if (typeof value === "string") {
    return value.length <= most + 40
      ? value
      : `${value.slice(0, most).toWellFormed()}... (cut, ${value.length} characters)`;
  }
  if (Array.isArray(value)) {
    const items = value.slice(0, most).map((item) => shortened(item, most));
    return value.length <= most ? items : [...items, `... (cut, ${value.length} items)`];
  }
  if (!isRecord(value)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shortened(member, most)]));
}

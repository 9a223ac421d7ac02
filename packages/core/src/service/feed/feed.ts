// One way to read what happened and to wait for what comes: a watch, an event stream, a long poll and a list stand on it.

/**
 * Events in order, each at a place of its own: 1 for the first, then one more for each, without holes. A reader says
 * behind which place it goes on, so that readers cost nothing but their place, and a lost connection costs nothing else.
 */
export interface Feed<Event> {
  /** The events behind a place, as far as one answer should hold; or that some of them are no longer kept. */
  read(after: number, options?: ReadOptions<Event>): Reading<Event> | Promise<Reading<Event>>;
  /**
   * Resolves as soon as there is an event behind the place, whatever it is; at once if there is one already. Neither
   * time, abort nor stop leaves a timer or a listener.
   */
  wait(after: number, options?: WaitOptions): Promise<WaitEnd>;
}

/** What one read should answer. */
export interface ReadOptions<Event> {
  /** Only events for which this holds. @default all */
  readonly filter?: ((event: Event) => boolean) | undefined;
  /** At most so many events, 1 or more. @default 1_000 */
  readonly limit?: number | undefined;
  /** No further event once these many bytes are reached, by the feed's own measure. @default 4 MiB */
  readonly maxBytes?: number | undefined;
}

/** What a read answered. */
export type Reading<Event> = Stretch<Event> | Gap;

export interface Stretch<Event> {
  /** In order, only what passed the filter. */
  readonly events: readonly Event[];
  /** Everything up to this place has been looked at: go on behind it. */
  readonly upTo: number;
  /** Whether the read ended before the newest event: the next one need not wait. */
  readonly more: boolean;
}

/** Some events behind the place that was asked for are no longer kept: what the reader knows must be read anew. */
export interface Gap {
  /** The place of the oldest event that is kept; one behind the newest place if none is. */
  readonly firstKept: number;
}

/** How long to wait. */
export interface WaitOptions {
  /** In milliseconds. @default for ever */
  readonly withinMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Why a wait ended. `more`: there is something to read. `over`: time is. `ended`: the caller or the feed is. */
export type WaitEnd = "more" | "over" | "ended";

/** Where the events of a feed come from. */
export interface FeedWriter<Event> {
  /** Takes what has just become durable, in order. */
  append(events: readonly Event[]): void;
  /** Ends every wait, and those to come. */
  close(): void;
}

export function isGap(reading: Reading<unknown>): reading is Gap {
  return "firstKept" in reading;
}

const defaultLimit = 1_000;
const defaultMaxBytes = 4 * 1024 * 1024;

/** Gathers one answer within its bounds. */
export interface Gathering<Event> {
  /** Takes an event, unless it belongs to the next answer: then `false`. */
  take(event: Event): boolean;
  readonly events: readonly Event[];
}

export function gather<Event>(
  { filter, limit = defaultLimit, maxBytes = defaultMaxBytes }: ReadOptions<Event>,
  sizeOf: ((event: Event) => number) | undefined,
): Gathering<Event> {
  const events: Event[] = [];
  let bytes = 0;
  return {
    events,
    take(event) {
      if (filter !== undefined && !filter(event)) {
        return true;
      }
      if (events.length >= limit || bytes >= maxBytes) {
        return false;
      }
      bytes += sizeOf?.(event) ?? 0;
      events.push(event);
      return true;
    },
  };
}

// Time in pieces of five minutes from the epoch, and which live booking of a calendar holds which piece.

export const bucketMs = 300_000;
const minuteMs = 60_000;
const bucketsPerDay = 288;

/** Buckets `first` up to but not including `end`. */
export interface BucketRange {
  readonly first: number;
  readonly end: number;
}

/** Every bucket that `[start - before, end + after)` touches. */
export function bucketsOf(
  startMs: number,
  endMs: number,
  bufferBeforeMin: number,
  bufferAfterMin: number,
): BucketRange {
  return {
    first: Math.floor((startMs - bufferBeforeMin * minuteMs) / bucketMs),
    end: Math.ceil((endMs + bufferAfterMin * minuteMs) / bucketMs),
  };
}

export const dayOf = (ms: number): number => Math.floor(ms / (bucketMs * bucketsPerDay));

/**
 * The items of one calendar by bucket: at most one each, which is the promise that no caller can skip. A day that has
 * any is a list of its 288 buckets, so that looking costs the same however many bookings there are.
 */
export interface BucketIndex<Item extends BucketRange> {
  /** The last item that shares a bucket with the range and is counted. */
  last(range: BucketRange, counts: (item: Item) => boolean): Item | undefined;
  /** The items that share a bucket with the range, each once, earliest first. */
  overlapping(range: BucketRange): Item[];
  /** @throws {Error} when another item holds one of its buckets: a defect of the caller */
  add(item: Item): void;
  remove(item: Item): void;
  /** Lets go of everything before a day. */
  forgetBefore(day: number): void;
  /** Days that have a list. */
  readonly days: number;
}

export function createBucketIndex<Item extends BucketRange>(): BucketIndex<Item> {
  const days = new Map<number, (Item | undefined)[]>();
  let oldest = Number.POSITIVE_INFINITY;

  const at = (bucket: number): Item | undefined => {
    const day = Math.floor(bucket / bucketsPerDay);
    return days.get(day)?.[bucket - day * bucketsPerDay];
  };

  const fill = ({ first, end }: BucketRange, item: Item | undefined): void => {
    let bucket = first;
    while (bucket < end) {
      const day = Math.floor(bucket / bucketsPerDay);
      const dayEnd = Math.min(end, (day + 1) * bucketsPerDay);
      let list = days.get(day);
      if (list === undefined && item !== undefined) {
        list = new Array<Item | undefined>(bucketsPerDay).fill(undefined);
        days.set(day, list);
        oldest = Math.min(oldest, day);
      }
      list?.fill(item, bucket - day * bucketsPerDay, dayEnd - day * bucketsPerDay);
      bucket = dayEnd;
    }
  };

  const overlapping = ({ first, end }: BucketRange): Item[] => {
    const found: Item[] = [];
    let bucket = first;
    while (bucket < end) {
      const day = Math.floor(bucket / bucketsPerDay);
      const dayStart = day * bucketsPerDay;
      const dayEnd = Math.min(end, dayStart + bucketsPerDay);
      const list = days.get(day);
      if (list === undefined) {
        bucket = dayEnd;
        continue;
      }
      while (bucket < dayEnd) {
        const item = list[bucket - dayStart];
        if (item === undefined) {
          bucket += 1;
        } else {
          found.push(item);
          // An item holds its buckets without a hole.
          bucket = Math.max(item.end, bucket + 1);
        }
      }
    }
    return found;
  };

  const last = ({ first, end }: BucketRange, counts: (item: Item) => boolean): Item | undefined => {
    let bucket = end - 1;
    while (bucket >= first) {
      const day = Math.floor(bucket / bucketsPerDay);
      const dayStart = day * bucketsPerDay;
      const list = days.get(day);
      if (list === undefined) {
        bucket = dayStart - 1;
        continue;
      }
      for (const from = Math.max(first, dayStart); bucket >= from; bucket -= 1) {
        const item = list[bucket - dayStart];
        if (item !== undefined && counts(item)) {
          return item;
        }
      }
    }
    return undefined;
  };

  return {
    last,
    overlapping,
    add(item: Item): void {
      const [holder] = overlapping(item);
      if (holder !== undefined) {
        throw new Error(`buckets ${item.first} to ${item.end} are held already`);
      }
      fill(item, item);
    },
    remove(item: Item): void {
      if (at(item.first) === item || at(item.end - 1) === item) {
        fill(item, undefined);
      }
    },
    forgetBefore(day: number): void {
      if (oldest >= day) {
        return;
      }
      oldest = Number.POSITIVE_INFINITY;
      for (const known of days.keys()) {
        if (known < day) {
          days.delete(known);
        } else {
          oldest = Math.min(oldest, known);
        }
      }
    },
    get days() {
      return days.size;
    },
  };
}

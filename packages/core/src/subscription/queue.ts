// Items between a stream and its reader: bounded by its owner, first in first out, with readers that wait in line.

interface Reader<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** A queue with cursors. The owner looks at `size` before it pushes. */
export interface DeliveryQueue<T, C> {
  readonly size: number;
  push(item: T, cursor: C): void;
  /** Moves the cursor without an item; it counts as reached when everything before it was taken. */
  advance(cursor: C): void;
  /** The next item, for whoever asks first. */
  next(): Promise<IteratorResult<T, undefined>>;
  /** While held, items stay in the queue. */
  hold(): void;
  release(): void;
  /** Resolves when no more than `size` items are left, or the queue has ended. One waiter at a time. */
  shrunkTo(size: number): Promise<void>;
  /** No item comes after this. Readers get what is queued, unless `drop`, then the error once, then the end. */
  end(error: unknown, drop: boolean): void;
}

/**
 * @param onTaken called with the cursor of each item at the moment a reader gets it.
 * @param deliver if given, gets the items at once and nobody reads by `next`.
 */
export function createDeliveryQueue<T, C>(
  onTaken: (cursor: C) => void,
  deliver: ((item: T) => void) | undefined,
): DeliveryQueue<T, C> {
  // Two stacks: what comes is appended to `in`, what goes is read from `out` by index; no item is ever moved twice.
  let inItems: T[] = [];
  let inCursors: C[] = [];
  let outItems: T[] = [];
  let outCursors: C[] = [];
  let outIndex = 0;
  let readers: Reader<T>[] = [];
  let held = false;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let shrink: { readonly size: number; readonly resolve: () => void } | undefined;

  const size = (): number => outItems.length - outIndex + inItems.length;
  const clear = (): void => {
    inItems = [];
    inCursors = [];
    outItems = [];
    outCursors = [];
    outIndex = 0;
  };
  const checkShrink = (): void => {
    if (shrink !== undefined && (ended || size() <= shrink.size)) {
      const { resolve } = shrink;
      shrink = undefined;
      resolve();
    }
  };
  const flip = (): void => {
    if (outIndex === outItems.length) {
      [outItems, inItems] = [inItems, outItems];
      [outCursors, inCursors] = [inCursors, outCursors];
      inItems.length = 0;
      inCursors.length = 0;
      outIndex = 0;
    }
  };
  /** Callers have made sure that there is one. */
  const take = (): T => {
    flip();
    const item = outItems[outIndex] as T;
    onTaken(outCursors[outIndex] as C);
    outIndex += 1;
    checkShrink();
    return item;
  };
  const serve = (): void => {
    while (!held && size() > 0 && (deliver !== undefined || readers.length > 0)) {
      if (deliver !== undefined) {
        deliver(take());
      } else {
        readers.shift()?.resolve({ value: take(), done: false });
      }
    }
    if (ended && size() === 0) {
      const waiting = readers;
      readers = [];
      for (const reader of waiting) {
        settleEnd(reader);
      }
    }
  };
  const settleEnd = (reader: Reader<T>): void => {
    if (failure === undefined) {
      reader.resolve({ value: undefined, done: true });
      return;
    }
    const { error } = failure;
    failure = undefined;
    reader.reject(error);
  };

  return {
    get size(): number {
      return size();
    },
    push(item: T, cursor: C): void {
      if (!held && deliver !== undefined && size() === 0) {
        onTaken(cursor);
        deliver(item);
        return;
      }
      inItems.push(item);
      inCursors.push(cursor);
      serve();
    },
    advance(cursor: C): void {
      if (size() === 0) {
        onTaken(cursor);
      } else if (inCursors.length > 0) {
        inCursors[inCursors.length - 1] = cursor;
      } else {
        outCursors[outCursors.length - 1] = cursor;
      }
    },
    next(): Promise<IteratorResult<T, undefined>> {
      if (!held && readers.length === 0 && size() > 0) {
        return Promise.resolve({ value: take(), done: false });
      }
      return new Promise((resolve, reject) => {
        readers.push({ resolve, reject });
        serve();
      });
    },
    hold(): void {
      held = true;
    },
    release(): void {
      held = false;
      serve();
    },
    shrunkTo(bound: number): Promise<void> {
      return new Promise((resolve) => {
        shrink = { size: bound, resolve };
        checkShrink();
      });
    },
    end(error: unknown, drop: boolean): void {
      if (ended) {
        return;
      }
      ended = true;
      held = false;
      failure = error === undefined ? undefined : { error };
      if (drop) {
        clear();
      }
      serve();
      checkShrink();
    },
  };
}

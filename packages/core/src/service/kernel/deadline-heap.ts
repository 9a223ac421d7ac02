// All deadlines of a machine in one binary heap: the next one is at hand, and any of them can be moved or dropped.

/** One armed deadline. Only its heap changes it. */
export interface Deadline<Value> {
  readonly value: Value;
  readonly at: number;
}

interface Slot<Value> extends Deadline<Value> {
  at: number;
  /** Position in the heap; -1 when it is not armed. */
  index: number;
  /** Order of arming, so that equal deadlines come out in the order in which they were set. */
  order: number;
}

/** A heap of deadlines, earliest first. */
export interface DeadlineHeap<Value> {
  /** How many deadlines are armed. */
  readonly size: number;
  /** The earliest deadline, which stays armed. */
  peek(): Deadline<Value> | undefined;
  add(at: number, value: Value): Deadline<Value>;
  /** Moves a deadline, and arms it again if it was removed. */
  move(deadline: Deadline<Value>, at: number): void;
  /** Moves all deadlines by as much; their order stays. */
  shift(byMs: number): void;
  /** Disarms a deadline; doing so twice changes nothing. */
  remove(deadline: Deadline<Value>): void;
}

export function createDeadlineHeap<Value>(): DeadlineHeap<Value> {
  const heap: Slot<Value>[] = [];
  let orders = 0;

  const before = (a: Slot<Value>, b: Slot<Value>): boolean =>
    a.at < b.at || (a.at === b.at && a.order < b.order);

  const place = (slot: Slot<Value>, index: number): void => {
    heap[index] = slot;
    slot.index = index;
  };

  const rise = (slot: Slot<Value>, from: number): void => {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !before(slot, parent)) {
        break;
      }
      place(parent, index);
      index = parentIndex;
    }
    place(slot, index);
  };

  const sink = (slot: Slot<Value>, from: number): void => {
    let index = from;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const child = left !== undefined && right !== undefined && before(right, left) ? right : left;
      if (child === undefined || !before(child, slot)) {
        break;
      }
      const childIndex = child.index;
      place(child, index);
      index = childIndex;
    }
    place(slot, index);
  };

  const settle = (slot: Slot<Value>, index: number): void => {
    const parent = heap[(index - 1) >> 1];
    if (index > 0 && parent !== undefined && before(slot, parent)) {
      rise(slot, index);
    } else {
      sink(slot, index);
    }
  };

  return {
    get size(): number {
      return heap.length;
    },

    peek: () => heap[0],

    add(at: number, value: Value): Deadline<Value> {
      orders += 1;
      const slot: Slot<Value> = { at, value, index: heap.length, order: orders };
      rise(slot, heap.length);
      return slot;
    },

    move(deadline: Deadline<Value>, at: number): void {
      const slot = deadline as Slot<Value>;
      orders += 1;
      slot.order = orders;
      slot.at = at;
      if (slot.index === -1) {
        rise(slot, heap.length);
      } else {
        settle(slot, slot.index);
      }
    },

    shift(byMs: number): void {
      for (const slot of heap) {
        slot.at += byMs;
      }
    },

    remove(deadline: Deadline<Value>): void {
      const slot = deadline as Slot<Value>;
      const { index } = slot;
      if (index === -1) {
        return;
      }
      slot.index = -1;
      const last = heap.pop();
      if (last !== undefined && last !== slot) {
        settle(last, index);
      }
    },
  };
}

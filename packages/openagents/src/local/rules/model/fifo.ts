// First in, first out, with a look at any place: a queue whose head costs nothing to take off.

/** A list that grows at its end and shrinks at its beginning. */
export interface Fifo<Item> {
  readonly length: number;
  /** The item at a place, 0 for the oldest. */
  at(place: number): Item | undefined;
  push(item: Item): void;
  shift(): Item | undefined;
  /** Takes one out of the middle. It costs as much as the list is long. */
  remove(item: Item): void;
  /** The items from a place on, at most so many. */
  slice(from: number, to?: number): Item[];
}

/** Emptied places are given back once there are so many, and half of all. */
const leastEmptied = 64;

export function createFifo<Item>(): Fifo<Item> {
  let items: (Item | undefined)[] = [];
  let head = 0;
  return {
    get length() {
      return items.length - head;
    },
    at: (place) => items[head + place],
    push(item) {
      items.push(item);
    },
    shift() {
      const item = items[head];
      if (head < items.length) {
        items[head] = undefined;
        head += 1;
        if (head >= leastEmptied && head * 2 > items.length) {
          items = items.slice(head);
          head = 0;
        }
      }
      return item;
    },
    remove(item) {
      items = items.slice(head).filter((each) => each !== item);
      head = 0;
    },
    slice: (from, to) => items.slice(head + from, to === undefined ? undefined : head + to) as Item[],
  };
}

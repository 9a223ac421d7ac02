// Publication of events to subscribers that may be slow: each has a bounded queue, and none can hold up another.

/** Why a subscription ended by itself. */
export type SubscriberEnd = "too_slow" | "closed";

/** Limits of one subscriber. */
export interface SubscriberLimits {
  /** Events that may wait for a subscriber. */
  readonly maxQueued: number;
  /** Bytes that may wait for a subscriber, by the bus's own measure. */
  readonly maxQueuedBytes: number;
}

/** One subscription: the events that pass its filter, each once, in the order of publication. */
export interface Subscriber<Item> extends AsyncIterableIterator<Item> {
  /** Ends the subscription at once, from the reader's side. */
  return(): Promise<IteratorResult<Item>>;
}

/** Settings of {@link createEventBus}. */
export interface EventBusOptions<Event, Item> {
  readonly limits: SubscriberLimits;
  /** How many bytes an event counts for in a queue. */
  readonly sizeOf: (event: Event) => number;
  /** What a reader gets of an event. */
  readonly deliver: (event: Event) => Item;
  /** The error that a subscriber's reader gets when the bus ends its subscription. */
  readonly errorFor: (end: SubscriberEnd) => Error;
}

/** A set of subscribers. */
export interface EventBus<Event, Item = Event> {
  /** How many subscriptions are open. */
  readonly size: number;
  /** In force when it returns. `first` is delivered before everything published later. */
  subscribe(filter: (event: Event) => boolean, first?: readonly Event[]): Subscriber<Item>;
  publish(events: readonly Event[]): void;
  /** Ends every subscription with the error for `closed`. */
  close(): void;
}

export function createEventBus<Event, Item>(options: EventBusOptions<Event, Item>): EventBus<Event, Item> {
  const { limits, sizeOf, deliver, errorFor } = options;
  const offers = new Set<(event: Event) => void>();
  const ends = new Set<(end: SubscriberEnd) => void>();

  const subscribe = (filter: (event: Event) => boolean, first: readonly Event[] = []): Subscriber<Item> => {
    let queue: Event[] = [...first];
    let head = 0;
    let bytes = queue.reduce((sum, event) => sum + sizeOf(event), 0);
    // Either events wait for the reader, or the reader waits for one; never both.
    let reader: { resolve(result: IteratorResult<Item>): void; reject(error: Error): void } | undefined;
    let failure: Error | undefined;
    let done = false;

    const leave = (): void => {
      done = true;
      offers.delete(offer);
      ends.delete(end);
      queue = [];
      head = 0;
      bytes = 0;
    };

    const end = (why: SubscriberEnd): void => {
      leave();
      const error = errorFor(why);
      if (reader === undefined) {
        failure = error;
      } else {
        reader.reject(error);
        reader = undefined;
      }
    };

    const offer = (event: Event): void => {
      if (!filter(event)) {
        return;
      }
      if (reader !== undefined) {
        const waiting = reader;
        reader = undefined;
        waiting.resolve({ done: false, value: deliver(event) });
        return;
      }
      queue.push(event);
      bytes += sizeOf(event);
      if (queue.length - head > limits.maxQueued || bytes > limits.maxQueuedBytes) {
        end("too_slow");
      }
    };

    offers.add(offer);
    ends.add(end);

    return {
      next(): Promise<IteratorResult<Item>> {
        if (head < queue.length) {
          const event = queue[head] as Event;
          head += 1;
          bytes -= sizeOf(event);
          if (head === queue.length) {
            queue = [];
            head = 0;
          } else if (head > 1_024) {
            queue = queue.slice(head);
            head = 0;
          }
          return Promise.resolve({ done: false, value: deliver(event) });
        }
        if (failure !== undefined) {
          const error = failure;
          failure = undefined;
          return Promise.reject(error);
        }
        if (done) {
          return Promise.resolve({ done: true, value: undefined });
        }
        return new Promise((resolve, reject) => {
          reader = { resolve, reject };
        });
      },
      return(): Promise<IteratorResult<Item>> {
        leave();
        reader?.resolve({ done: true, value: undefined });
        reader = undefined;
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  };

  return {
    get size() {
      return offers.size;
    },
    subscribe,
    publish(events: readonly Event[]): void {
      for (const event of events) {
        for (const offer of offers) {
          offer(event);
        }
      }
    },
    close(): void {
      for (const end of ends) {
        end("closed");
      }
    },
  };
}

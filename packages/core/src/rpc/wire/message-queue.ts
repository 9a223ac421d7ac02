// Messages between a stream that pushes and a reader that pulls, with a way to stop the stream while nobody reads.

/** How a queue talks back to its stream. */
export interface QueueOwner {
  /** The reader has taken all there was: the stream may flow again. */
  onDrained(): void;
  /** The reader left before the end. */
  onAbandoned(): void;
}

interface Waiter<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (reason: unknown) => void;
}

type End = { readonly kind: "done" } | { readonly kind: "failed"; readonly error: unknown };

const done: IteratorResult<never, undefined> = { done: true, value: undefined };

/**
 * States: open (no end yet), ended (an end is known, messages before it are still handed out), finished (the end was
 * handed out; everything later is done).
 */
export class MessageQueue<T> implements AsyncIterableIterator<T, undefined> {
  readonly #owner: QueueOwner;
  #items: T[] = [];
  #head = 0;
  #waiters: Waiter<T>[] = [];
  #end: End | undefined;

  constructor(owner: QueueOwner) {
    this.#owner = owner;
  }

  /** Messages that nobody has read yet. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    if (this.#end !== undefined) {
      return;
    }
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      this.#items.push(item);
    } else {
      waiter.resolve({ done: false, value: item });
    }
  }

  /** No more messages; those that wait are still handed out. */
  close(): void {
    this.#finish({ kind: "done" });
  }

  /** The stream broke; messages that wait are still handed out, then the error. */
  fail(error: unknown): void {
    this.#finish({ kind: "failed", error });
  }

  /** The stream broke and what waits is of no use any more. */
  failNow(error: unknown): void {
    this.#items = [];
    this.#head = 0;
    this.#finish({ kind: "failed", error });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#head < this.#items.length) {
      return Promise.resolve(this.#take());
    }
    const end = this.#end;
    if (end === undefined) {
      return new Promise((resolve, reject) => {
        this.#waiters.push({ resolve, reject });
      });
    }
    this.#end = { kind: "done" };
    return end.kind === "failed" ? Promise.reject(end.error) : Promise.resolve(done);
  }

  return(): Promise<IteratorResult<T, undefined>> {
    const open = this.#end === undefined;
    this.#items = [];
    this.#head = 0;
    this.#finish({ kind: "done" });
    this.#end = { kind: "done" };
    if (open) {
      this.#owner.onAbandoned();
    }
    return Promise.resolve(done);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #take(): IteratorResult<T, undefined> {
    const value = this.#items[this.#head] as T;
    this.#head++;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
      if (this.#end === undefined) {
        this.#owner.onDrained();
      }
    }
    return { done: false, value };
  }

  #finish(end: End): void {
    if (this.#end !== undefined) {
      return;
    }
    this.#end = end;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const [i, waiter] of waiters.entries()) {
      if (end.kind === "failed" && i === 0) {
        this.#end = { kind: "done" };
        waiter.reject(end.error);
      } else {
        waiter.resolve(done);
      }
    }
  }
}

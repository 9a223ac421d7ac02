// Moves the messages of an iterable into a stream: as many per write as one turn brings, never more than the peer reads.

import type { AnyMessageInit } from "./messages.ts";

/** How a pump asks and tells its call. */
export interface PumpOwner {
  encode(message: AnyMessageInit): Buffer;
  /** Sends bytes; `false` asks to wait for {@link onDrain}. */
  write(bytes: Buffer): boolean;
  onDrain(listener: () => void): void;
  /** The iterable is through; `last` has not been written yet. */
  onPumped(last: Buffer | undefined): void;
  onPumpFailed(error: unknown): void;
}

/** Bytes gathered before a write is made without waiting for the end of the turn. */
const gatherBytes = 64 * 1_024;

/**
 * States: pulling (a next() is pending), blocked (the stream asked to wait for drain), stopped (the call is over,
 * nothing is written any more). Frames gathered in one turn leave in one write.
 */
export class MessagePump {
  readonly #iterator: AsyncIterator<AnyMessageInit>;
  readonly #owner: PumpOwner;
  #frames: Buffer[] = [];
  #gatheredBytes = 0;
  #flushPlanned = false;
  #pulling = false;
  #blocked = false;
  #stopped = false;

  constructor(iterable: AsyncIterable<AnyMessageInit>, owner: PumpOwner) {
    this.#iterator = iterable[Symbol.asyncIterator]();
    this.#owner = owner;
  }

  start(): void {
    this.#pull();
  }

  /** Ends the iterable now, also when its next() is pending. What it still yields goes nowhere. */
  stop(): void {
    if (this.#stopped) {
      return;
    }
    this.#stopped = true;
    this.#frames = [];
    try {
      // The cleanup of the iterable may fail; by now the call has its outcome.
      this.#iterator.return?.().then(undefined, () => {});
    } catch {
      // The same, for an iterator that throws instead of rejecting.
    }
  }

  #pull(): void {
    this.#pulling = true;
    let next: Promise<IteratorResult<AnyMessageInit>>;
    try {
      next = Promise.resolve(this.#iterator.next());
    } catch (error) {
      this.#fail(error);
      return;
    }
    next.then(this.#onNext, this.#fail);
  }

  readonly #onNext = (result: IteratorResult<AnyMessageInit>): void => {
    this.#pulling = false;
    if (this.#stopped) {
      return;
    }
    if (result.done === true) {
      this.#stopped = true;
      this.#owner.onPumped(this.#gathered());
      return;
    }
    try {
      const bytes = this.#owner.encode(result.value);
      this.#frames.push(bytes);
      this.#gatheredBytes += bytes.length;
    } catch (error) {
      this.stop();
      this.#owner.onPumpFailed(error);
      return;
    }
    if (this.#gatheredBytes >= gatherBytes) {
      this.#flush();
    } else if (!this.#flushPlanned) {
      this.#flushPlanned = true;
      // Runs once the promise jobs of this turn are through, among them all next() calls that were ready.
      process.nextTick(this.#flush);
    }
    if (!this.#blocked) {
      this.#pull();
    }
  };

  readonly #fail = (error: unknown): void => {
    if (!this.#stopped) {
      this.#flush();
      this.#stopped = true;
      this.#owner.onPumpFailed(error);
    }
  };

  readonly #flush = (): void => {
    this.#flushPlanned = false;
    const bytes = this.#stopped ? undefined : this.#gathered();
    if (bytes === undefined) {
      return;
    }
    let hasRoom: boolean;
    try {
      hasRoom = this.#owner.write(bytes);
    } catch (error) {
      this.stop();
      this.#owner.onPumpFailed(error);
      return;
    }
    if (!hasRoom && !this.#blocked) {
      this.#blocked = true;
      this.#owner.onDrain(this.#onDrain);
    }
  };

  readonly #onDrain = (): void => {
    this.#blocked = false;
    if (!this.#stopped && !this.#pulling) {
      this.#pull();
    }
  };

  #gathered(): Buffer | undefined {
    const frames = this.#frames;
    if (frames.length === 0) {
      return undefined;
    }
    const bytes = frames.length === 1 ? frames[0] : Buffer.concat(frames, this.#gatheredBytes);
    this.#frames = [];
    this.#gatheredBytes = 0;
    return bytes;
  }
}

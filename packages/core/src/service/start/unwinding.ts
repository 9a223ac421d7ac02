// What a start has opened, in order, so that a start which fails leaves nothing open.

/** Opened things and their ends. */
export interface Unwinding {
  /** Adds what ends the thing that was just opened. */
  add(end: () => unknown): void;
  /** Ends everything, the newest first, whatever fails on the way. */
  unwind(): Promise<void>;
}

export function createUnwinding(): Unwinding {
  const ends: (() => unknown)[] = [];
  return {
    add: (end) => void ends.push(end),
    async unwind() {
      for (const end of ends.splice(0).reverse()) {
        try {
          await end();
        } catch {
          // The failure that began this is the one to tell.
        }
      }
    },
  };
}

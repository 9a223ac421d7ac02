// Work by key: one piece of a key at a time, several keys side by side, and a key that comes again while it runs runs once more.

export interface WorkQueue {
  /** Wants the work of a key to be done after now. */
  add(key: string): void;
  /** Takes no more work; resolves when what runs has ended. */
  close(): Promise<void>;
}

/** @param run must not reject */
export function createWorkQueue(concurrency: number, run: (key: string) => Promise<void>): WorkQueue {
  const waiting: Set<string> = new Set();
  const running: Set<string> = new Set();
  const idle = Promise.withResolvers<void>();
  let isClosed = false;

  const pump = (): void => {
    for (const key of waiting) {
      if (running.size >= concurrency) {
        break;
      }
      if (!running.has(key)) {
        waiting.delete(key);
        running.add(key);
        run(key).finally(() => {
          running.delete(key);
          pump();
        });
      }
    }
    if (isClosed && running.size === 0) {
      idle.resolve();
    }
  };

  return {
    add(key: string): void {
      if (!isClosed) {
        waiting.add(key);
        pump();
      }
    },
    close(): Promise<void> {
      isClosed = true;
      waiting.clear();
      pump();
      return idle.promise;
    },
  };
}

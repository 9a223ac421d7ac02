// SIGINT and SIGTERM for all agents of a process: one listener for each signal, however many there are.

const waiting = new Set<() => void>();

function interrupt(): void {
  const callbacks = [...waiting];
  waiting.clear();
  release();
  for (const callback of callbacks) {
    callback();
  }
}

function release(): void {
  process.off("SIGINT", interrupt);
  process.off("SIGTERM", interrupt);
}

/** Calls back at the first SIGINT or SIGTERM; a second one has its usual effect. Answers a function that ends it. */
export function onInterrupt(callback: () => void): () => void {
  if (waiting.size === 0) {
    process.on("SIGINT", interrupt);
    process.on("SIGTERM", interrupt);
  }
  waiting.add(callback);
  return () => {
    if (waiting.delete(callback) && waiting.size === 0) {
      release();
    }
  };
}

// Waits for a condition with a bound, so that tests need no sleeps.

/** How long to wait, and what for. */
export interface WaitOptions {
  /**
   * Milliseconds until it is a failure.
   * @default 5000
   */
  readonly withinMs?: number;
  /** Names the condition in the error. A function is called at the end and may show the last state. */
  readonly what?: string | (() => string);
}

/** For so long only the event loop is between two looks: what this process does by itself is often done by then. */
const eagerMs = 5;
/** From then on: what takes longer needs the processor, in this process or another. */
const pauseMs = 4;

/**
 * Resolves as soon as `condition` is true; looks again after each turn of the event loop for 5 ms, and every 4 ms from then
 * on.
 *
 * @throws Error when the bound is over.
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  options: WaitOptions = {},
): Promise<void> {
  const { withinMs = 5_000, what = "the condition" } = options;
  const startMono = performance.now();
  while (!(await condition())) {
    const waitedMs = performance.now() - startMono;
    if (waitedMs > withinMs) {
      throw new Error(`waited ${withinMs} ms in vain for ${typeof what === "string" ? what : what()}`);
    }
    await new Promise<void>((resolve) => {
      // The immediate is behind the end of the timer, so that a look for leaks does not find it.
      const goOn = (): void => void setImmediate(resolve);
      if (waitedMs < eagerMs) {
        goOn();
      } else {
        setTimeout(goOn, pauseMs);
      }
    });
  }
}

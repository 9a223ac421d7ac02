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

/** For so many looks only the event loop is between them; a program that answers itself is done by then. */
const eagerLooks = 50;
/** From then on: what another process does takes longer, and it needs the processor for that. */
const pauseMs = 4;

/**
 * Resolves as soon as `condition` is true; looks again after each turn of the event loop at first, and every 4 ms when that
 * was in vain 50 times.
 *
 * @throws Error when the bound is over.
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  options: WaitOptions = {},
): Promise<void> {
  const { withinMs = 5_000, what = "the condition" } = options;
  const endMono = performance.now() + withinMs;
  for (let looks = 1; !(await condition()); looks += 1) {
    if (performance.now() > endMono) {
      throw new Error(`waited ${withinMs} ms in vain for ${typeof what === "string" ? what : what()}`);
    }
    await new Promise<void>((resolve) => {
      // The immediate is behind the end of the timer, so that a look for leaks does not find it.
      const goOn = (): void => void setImmediate(resolve);
      if (looks < eagerLooks) {
        goOn();
      } else {
        setTimeout(goOn, pauseMs);
      }
    });
  }
}

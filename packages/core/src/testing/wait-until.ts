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

/**
 * Resolves as soon as `condition` is true; looks again after each turn of the event loop.
 *
 * @throws Error when the bound is over.
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  options: WaitOptions = {},
): Promise<void> {
  const { withinMs = 5_000, what = "the condition" } = options;
  const endMono = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > endMono) {
      throw new Error(`waited ${withinMs} ms in vain for ${typeof what === "string" ? what : what()}`);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

// How a process that serves ends: once, at a signal or for a reason of its own, within a bound.
import type { Log } from "../shared/logger.ts";

/** What ends, and how long that may take. */
export interface ProcessEnd {
  readonly log: Log;
  /**
   * A stop that takes longer, in milliseconds, is cut off; the exit code stays 0, for nothing acknowledged is lost by it.
   * @default 1900
   */
  readonly boundMs?: number | undefined;
  /** Stops what is served. When it rejects the exit code is 1. */
  close(): Promise<void>;
}

/**
 * Ends the process at SIGTERM and SIGINT. Until then it lives on whatever happens: others depend on it. Answers what ends it for
 * another reason.
 */
export function endOnSignal({ log, boundMs = 1_900, close }: ProcessEnd): (why: string) => void {
  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) {
      return;
    }
    stopping = true;
    log.info({ why }, "stopping");
    setTimeout(() => process.exit(0), boundMs).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "could not stop cleanly");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
  // What nobody caught is a defect; the server says so.
  process.on("uncaughtException", (error) => log.error({ err: error }, "uncaught exception"));
  process.on("unhandledRejection", (reason) => log.error({ err: reason }, "unhandled rejection"));
  return stop;
}

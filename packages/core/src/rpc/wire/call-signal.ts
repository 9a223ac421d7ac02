// The signal that interceptors see: the caller's signal, the deadline, and the end of the call in one.

import { Code, ConnectError } from "@connectrpc/connect";
import { longestTimerMs } from "./timeout.ts";

/** The signal of one call through interceptors: it also fires at the deadline, and when the call is over. */
export interface CallSignal {
  readonly signal: AbortSignal;
  /** What is left until the deadline, in milliseconds, above zero; `undefined` without one. */
  remainingMs(): number | undefined;
  /** The call is over: nothing is left on the caller's signal, no timer runs. */
  end(): void;
  /** The error that ended the call, if it was ended from outside; else what was thrown. */
  errorOf(thrown: unknown): ConnectError;
}

/** Joins the caller's signal and the deadline. */
export function callSignal(outer: AbortSignal | undefined, timeoutMs: number | undefined): CallSignal {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(outer?.reason);
    end();
  };
  const timer =
    timeoutMs === undefined || timeoutMs > longestTimerMs
      ? undefined
      : setTimeout(() => {
          controller.abort(new ConnectError("the operation timed out", Code.DeadlineExceeded));
          end();
        }, timeoutMs);
  const end = (): void => {
    clearTimeout(timer);
    outer?.removeEventListener("abort", abort);
  };
  if (outer?.aborted === true) {
    abort();
  } else {
    outer?.addEventListener("abort", abort);
  }
  const deadlineAt = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
  return {
    signal: controller.signal,
    remainingMs: () => (deadlineAt === undefined ? undefined : Math.max(1, deadlineAt - performance.now())),
    end() {
      end();
      controller.abort(new ConnectError("the call is complete", Code.Canceled));
    },
    errorOf(thrown) {
      return controller.signal.aborted
        ? ConnectError.from(controller.signal.reason, Code.Canceled)
        : ConnectError.from(thrown);
    },
  };
}

/** Passes messages on and ends the signal with them, also when the reader leaves early. */
export function endWith<T>(messages: AsyncIterable<T>, call: CallSignal): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const inner = messages[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            const result = await inner.next();
            if (result.done === true) {
              call.end();
            }
            return result;
          } catch (thrown) {
            const error = call.errorOf(thrown);
            call.end();
            throw error;
          }
        },
        return(value) {
          call.end();
          return inner.return?.(value) ?? Promise.resolve({ done: true, value });
        },
      };
    },
  };
}

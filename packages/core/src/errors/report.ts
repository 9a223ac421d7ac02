// The last resort for failures of a caller's own callbacks: told to somebody, never thrown into our control flow.
import { isError } from "./foreign.ts";
import { redactText } from "./redact.ts";

/**
 * Hands the error to `handler`; without one, or if that throws too, it becomes a process warning (`console.warn` where
 * there is no process).
 */
export function reportProblem(
  error: unknown,
  what: string,
  handler?: ((error: unknown) => void) | undefined,
): void {
  if (handler === undefined) {
    warn(`${what}: ${describe(error)}`);
    return;
  }
  callSafely(
    () => handler(error),
    (second) => {
      warn(`${what}, and so did the handler for that: ${describe(second)}`);
      warn(`${what}: ${describe(error)}`);
    },
  );
}

/**
 * Calls what a caller gave us. What it throws, or what its promise is rejected with, goes to `onError`; never into our
 * control flow, and never to the process.
 */
export function callSafely(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    const outcome = call();
    if (typeof outcome === "object" && outcome !== null && "then" in outcome) {
      Promise.resolve(outcome).catch(onError);
    }
  } catch (error) {
    onError(error);
  }
}

function describe(error: unknown): string {
  return redactText(isError(error) ? `${error.name}: ${error.message}` : String(error));
}

function warn(text: string): void {
  if (typeof globalThis.process?.emitWarning === "function") {
    globalThis.process.emitWarning(text, { type: "XWarning" });
  } else {
    console.warn(text);
  }
}

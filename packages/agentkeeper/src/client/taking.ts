// Calls that take something for their caller: a registration, a lease, a claim. A caller that gives up keeps nothing of it.
import {
  ConflictError,
  DeadlineExceededError,
  FailedPreconditionError,
  InvalidArgumentError,
  isServiceError,
  linkSignals,
  NotFoundError,
  newIdempotencyKey,
  PermissionDeniedError,
  raceSignal,
  UnauthenticatedError,
  UnimplementedError,
} from "@x/core/base";
import { provenNotProcessed } from "@x/core/rpc/client";
import type { CallOptions } from "./call-options.ts";
import { serviceName } from "./checks.ts";
import type { Connection, Repeat } from "./connection.ts";
import type { AttemptCall, ExtClients } from "./raw-client.ts";

/** A deadline of its own, in place of the client's. */
interface Defaults {
  readonly timeoutMs?: number | undefined;
}

/** How long it is tried to take something back, in milliseconds. */
const withdrawWithinMs = 5_000;

/**
 * Runs a call of the additive services under a request id. If its outcome stays unknown, because its caller gave up, its
 * time was over or the connection was lost, the request is withdrawn.
 */
export function taking<Answer>(
  connection: Connection,
  operation: string,
  repeat: Repeat,
  options: CallOptions,
  attempt: (call: AttemptCall, ext: ExtClients, requestId: string) => Promise<Answer>,
  defaults?: Defaults,
): Promise<Answer> {
  const { giveBacks } = connection;
  const requestId = newIdempotencyKey();
  const take = async (): Promise<Answer> => {
    using until = linkSignals(options.signal, giveBacks.closing);
    try {
      return await connection.callExt(
        operation,
        repeat,
        { ...options, signal: until.signal },
        (call, ext) => attempt(call, ext, requestId),
        defaults,
      );
    } catch (error) {
      if (mayHaveTaken(error, repeat)) {
        giveBacks.add(() => withdraw(connection, requestId));
      }
      throw error;
    }
  };
  return giveBacks.during(take());
}

function withdraw(connection: Connection, requestId: string): Promise<unknown> {
  return connection.callExt(
    "withdraw",
    "safe",
    { timeoutMs: withdrawWithinMs, maxRetries: connection.giveBacks.closing.aborted ? 0 : 10 },
    async (call, ext) => ext.requests.withdraw({ requestId }, call),
  );
}

/** Whether a call that failed may have taken something all the same: unless the daemon refused it, or never had it. */
export function mayHaveTaken(error: unknown, repeat: Repeat): boolean {
  if (!isServiceError(error) || error.attempts === 0) {
    return false;
  }
  const isRefusal = [
    ConflictError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnimplementedError,
  ].some((Kind) => error instanceof Kind);
  const neverSent = (error.attempts === 1 || repeat === "unsafe") && provenNotProcessed(error.cause);
  return !isRefusal && !neverSent;
}

/** How long a call that nobody waits for any more is heard, in milliseconds: an answer may be on its way. */
const hearMs = 500;

/**
 * Makes an attempt of a call of the plain wire, whose requests have no ids. When its caller gives up, or its time is over,
 * the call is heard a little longer behind its back, and what it brings is given back.
 */
export async function heardOut<Answer>(
  connection: Connection,
  operation: string,
  call: AttemptCall,
  attempt: (call: AttemptCall) => Promise<Answer>,
  giveBack: (answer: Answer) => Promise<unknown>,
): Promise<Answer> {
  const { clock, giveBacks } = connection;
  const { timeoutMs } = call;
  using until = linkSignals(call.signal, giveBacks.closing);
  const hearing = new AbortController();
  const overtime = timeoutMs === undefined ? {} : { timeoutMs: timeoutMs + hearMs };
  const answer = giveBacks.during(attempt({ ...call, ...overtime, signal: hearing.signal }));
  const timer =
    timeoutMs === undefined
      ? undefined
      : clock.setTimer(timeoutMs, () => until.abort(timeIsOver(operation, timeoutMs)));
  try {
    return await raceSignal(answer, until.signal);
  } catch (error) {
    if (until.signal.aborted) {
      giveBacks.add(async () => {
        const patience = clock.setTimer(hearMs, () => hearing.abort());
        try {
          await giveBack(await answer);
        } finally {
          patience.cancel();
        }
      });
    }
    throw error;
  } finally {
    timer?.cancel();
  }
}

function timeIsOver(operation: string, timeoutMs: number): DeadlineExceededError {
  const text = `${operation}: no answer within ${timeoutMs} ms. Allow more time with timeoutMs.`;
  return new DeadlineExceededError(text, {
    service: serviceName,
    operation,
    grpcCode: "DEADLINE_EXCEEDED",
  });
}

// Work that must be over by a deadline, under one signal for that and for its caller.

import { type Clock, type Deadline, linkSignals, type ServiceError } from "@x/core";

/** When work ends that is not over. */
export interface Bounds {
  readonly signal: AbortSignal | undefined;
  readonly deadline: Deadline;
  readonly clock: Clock;
}

/** @throws what `late` makes when the deadline passes */
export async function within<Result>(
  { signal, deadline, clock }: Bounds,
  late: () => ServiceError,
  act: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  using linked = linkSignals(signal);
  const leftMs = deadline.remaining();
  let tooLate: ServiceError | undefined;
  const end = (): void => {
    tooLate = late();
    linked.abort(tooLate);
  };
  const timer = leftMs === Infinity ? undefined : clock.setTimer(leftMs, end);
  try {
    return await act(linked.signal);
  } catch (error) {
    throw tooLate ?? error;
  } finally {
    timer?.cancel();
  }
}

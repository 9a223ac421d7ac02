// Signs of life of a call that takes long, for a caller that asked for them.
import { type Clock, systemClock, type Timer } from "../clock.ts";

/** One sign of life. */
export interface ProgressNote {
  /** Seconds since the call began; it grows from note to note. */
  readonly progress: number;
  readonly total?: number;
  readonly message: string;
}

export interface Progress {
  /** Tells it at once, and goes on telling it. */
  say(message: string, totalSeconds?: number): void;
  /** Nothing is told any more. */
  stop(): void;
}

/** How often a tool that is silent is said to be running. */
export const progressEveryMs = 5_000;

/** @param send tells the caller; what fails in it is its own matter */
export function startProgress(send: (note: ProgressNote) => void, clock: Clock = systemClock): Progress {
  const startedAt = clock.now().mono;
  let last = { message: "running", totalSeconds: undefined as number | undefined };
  let before = -1;
  let timer: Timer | undefined;
  const tell = (): void => {
    timer?.cancel();
    timer = clock.setTimer(progressEveryMs, tell, { ref: false });
    const { message, totalSeconds } = last;
    // Whole milliseconds, and always more than before: callers may drop what does not grow.
    before = Math.max(before + 1, Math.round(clock.now().mono - startedAt));
    const progress = before / 1_000;
    send({
      progress,
      message,
      ...(totalSeconds === undefined ? {} : { total: Math.max(totalSeconds, progress) }),
    });
  };
  timer = clock.setTimer(progressEveryMs, tell, { ref: false });
  return {
    say(message, totalSeconds) {
      last = { message, totalSeconds };
      tell();
    },
    stop: () => timer?.cancel(),
  };
}

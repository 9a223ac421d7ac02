// When the machine must be woken: at its next deadline, when the process was stopped for a while, and when the clock must be corrected.
import type { Clock, Timer } from "../../clock.ts";

export interface PulseOptions {
  readonly clock: Clock;
  readonly tickMs: number;
  readonly pauseAfterMs: number;
  /** The next deadline in monotonic milliseconds; `Infinity` for none, or while none may be judged. */
  readonly nextDeadline: () => number;
  /** Whether a turn is needed whatever the deadlines say; asked at every tick. */
  readonly isDue: () => boolean;
  /** Runs a turn now. */
  readonly wake: () => void;
}

export interface Pulse {
  /** By how many milliseconds the process was stopped since it was last asked; 0 when it was not. */
  takePause(mono: number): number;
  /** Makes sure that the machine is woken at its next deadline. */
  arm(): void;
  stop(): void;
}

/** Starts to tick. No timer keeps the process alive. */
export function startPulse(options: PulseOptions): Pulse {
  const { clock, tickMs, pauseAfterMs, nextDeadline, isDue, wake } = options;
  let stopped = false;
  let lastTick = clock.now().mono;
  let deadlineTimer: Timer | undefined;
  let deadlineAt = Number.POSITIVE_INFINITY;

  const arm = (): void => {
    const next = stopped ? Number.POSITIVE_INFINITY : nextDeadline();
    if (next < deadlineAt) {
      deadlineTimer?.cancel();
      deadlineAt = next;
      const delayMs = Math.max(0, Math.ceil(next - clock.now().mono));
      deadlineTimer = clock.setTimer(delayMs, onDeadline, { ref: false });
    }
  };

  const onDeadline = (): void => {
    deadlineAt = Number.POSITIVE_INFINITY;
    if (!stopped && nextDeadline() <= clock.now().mono) {
      wake();
    } else {
      arm();
    }
  };

  const onTick = (): void => {
    if (stopped) {
      return;
    }
    tickTimer = clock.setTimer(tickMs, onTick, { ref: false });
    const { mono } = clock.now();
    if (mono - lastTick - tickMs > pauseAfterMs) {
      wake();
      return;
    }
    lastTick = mono;
    if (isDue()) {
      wake();
    }
  };
  let tickTimer: Timer = clock.setTimer(tickMs, onTick, { ref: false });

  return {
    takePause(mono: number): number {
      const lateByMs = mono - lastTick - tickMs;
      if (lateByMs <= pauseAfterMs) {
        return 0;
      }
      lastTick = mono;
      return lateByMs;
    },
    arm,
    stop(): void {
      stopped = true;
      tickTimer.cancel();
      deadlineTimer?.cancel();
    },
  };
}

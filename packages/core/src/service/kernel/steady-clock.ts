// The wall clock of a server: it runs with the monotonic clock, so that spans pass as they were promised, and believes the
// machine's wall clock only where that keeps in step or has kept to another time for a while.
import type { Clock, Now } from "../../clock.ts";

/** Differences up to this are followed without a word: what a synchronized clock is off by. */
export const followedMs = 1_000;
/** So much of the time that passes goes into following: the clock runs a tenth faster or slower, and never backwards. */
const followingShare = 0.1;
/** A machine's clock that kept to another time for so long is believed. */
export const believedAfterMs = 10_000;
/** A time that was believed before is believed again at once; so many of them are known. */
const knownOffsets = 8;

/** Reads the time of a server. */
export interface SteadyClock {
  /** The present. `wall` falls only when a correction is taken. */
  now(): Now;
  /** By how many milliseconds the wall clock should be corrected now; 0 for not at all. */
  due(): number;
  /** Takes the correction that is due, and answers by how much the clock was corrected that no record tells yet. */
  take(): number;
  /** It could not be told. */
  giveBack(byMs: number): void;
}

/**
 * Starts a wall clock. It shows what the machine's does, for at a start there is nothing better to believe; the newest record only
 * where both are about the same. Where the machine's is behind that by more, it is a correction.
 *
 * @param lastWall Of the newest record
 */
export function createSteadyClock(clock: Clock, lastWall: number): SteadyClock {
  const first = clock.now();
  const fallsBy = Math.max(0, lastWall - first.wall);
  const isSmall = fallsBy <= followedMs;
  let untold = isSmall ? 0 : -fallsBy;
  let lastMono = first.mono;
  /** What is believed of the difference between wall and monotonic time. */
  let offset = first.wall + (isSmall ? fallsBy : 0) - first.mono;
  const known: number[] = [];
  /** What the machine's clock has said since then, unlike what is believed. */
  let doubted: { readonly offset: number; readonly since: number } | undefined;

  const like = (one: number, other: number): boolean => Math.abs(one - other) <= followedMs;

  /** Follows the machine's clock, or begins to doubt it. */
  const look = (): { readonly mono: number; readonly seen: number } => {
    const { mono, wall } = clock.now();
    const seen = wall - mono;
    const passed = Math.max(0, mono - lastMono);
    lastMono = mono;
    if (like(seen, offset)) {
      const most = passed * followingShare;
      offset += Math.min(most, Math.max(-most, seen - offset));
      doubted = undefined;
    } else if (doubted === undefined || !like(seen, doubted.offset)) {
      doubted = { offset: seen, since: mono };
    }
    return { mono, seen };
  };

  const dueAfter = ({ mono, seen }: ReturnType<typeof look>): number => {
    const lasted = doubted !== undefined && mono - doubted.since >= believedAfterMs;
    return doubted !== undefined && (lasted || known.some((each) => like(each, seen))) ? seen - offset : 0;
  };

  return {
    now() {
      const { mono } = look();
      return { mono, wall: Math.floor(mono + offset) };
    },
    due: () => dueAfter(look()),
    take() {
      const byMs = dueAfter(look());
      if (byMs !== 0) {
        known.unshift(offset);
        known.length = Math.min(known.length, knownOffsets);
        offset += byMs;
        doubted = undefined;
      }
      const all = untold + byMs;
      untold = 0;
      return all;
    },
    giveBack(byMs) {
      untold += byMs;
    },
  };
}

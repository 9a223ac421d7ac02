// Lines that strangers can cause as often as they like: one of a kind in a while, with how many were left out.
import { type Clock, systemClock } from "../../clock.ts";

/** How often a line of a kind is written, in milliseconds. */
const spareMs = 10_000;
/** Kinds that are told apart; what is beyond shares one. */
const mostKinds = 256;

/**
 * Makes a way to say something now and then.
 *
 * @returns calls `say` unless the same `kind` was said within {@link spareMs}; `leftOut` counts the times since then
 */
export function sayNowAndThen(
  clock: Clock = systemClock,
): (kind: string, say: (leftOut: number) => void) => void {
  const said = new Map<string, { atMono: number; leftOut: number }>();
  return (given, say) => {
    const kind = said.size < mostKinds || said.has(given) ? given : "";
    const { mono } = clock.now();
    const before = said.get(kind);
    if (before !== undefined && mono - before.atMono < spareMs) {
      before.leftOut += 1;
      return;
    }
    said.set(kind, { atMono: mono, leftOut: 0 });
    say(before?.leftOut ?? 0);
  };
}

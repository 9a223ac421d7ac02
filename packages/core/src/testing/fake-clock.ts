// Time that moves only when a test says so.
import type { Now } from "../clock.ts";
import { createVirtualClock, type VirtualClock } from "../virtual-clock.ts";

export type FakeClock = VirtualClock;

/** @param start first reading of both clocks. By default `{ mono: 0, wall: 2026-01-01T00:00:00Z }` */
export function createFakeClock(start: Partial<Now> = {}): FakeClock {
  return createVirtualClock(start);
}

// The grpc-timeout header: up to eight digits and a unit.

import { Code, ConnectError } from "@connectrpc/connect";

const maxDigits = 99_999_999;

/** Longest delay that Node's timers take, in milliseconds (about 24 days). A later deadline never fires. */
export const longestTimerMs = 2_147_483_647;

/** Writes a timeout. Fractions of a millisecond round up: a call never gets less time than it asked for. */
export function formatTimeout(timeoutMs: number): string {
  const ms = Math.max(1, Math.ceil(timeoutMs));
  if (ms <= maxDigits) {
    return `${ms}m`;
  }
  const seconds = Math.ceil(ms / 1_000);
  if (seconds <= maxDigits) {
    return `${seconds}S`;
  }
  return `${Math.min(maxDigits, Math.ceil(seconds / 3_600))}H`;
}

/**
 * Reads a timeout in milliseconds; it may have a fraction.
 *
 * @throws ConnectError `invalid_argument` if the value does not follow the gRPC specification.
 */
export function parseTimeout(value: string): number {
  const unit = millisecondsOf(value.charCodeAt(value.length - 1));
  const digits = value.slice(0, -1);
  if (unit === undefined || digits.length > 8 || !/^\d+$/.test(digits)) {
    throw new ConnectError(`invalid grpc-timeout ${JSON.stringify(value)}`, Code.InvalidArgument);
  }
  return Number(digits) * unit;
}

function millisecondsOf(unit: number): number | undefined {
  switch (unit) {
    case 0x48: // H
      return 3_600_000;
    case 0x4d: // M
      return 60_000;
    case 0x53: // S
      return 1_000;
    case 0x6d: // m
      return 1;
    case 0x75: // u
      return 1e-3;
    case 0x6e: // n
      return 1e-6;
    default:
      return undefined;
  }
}

// Spans of time as they cross the wire: `google.protobuf.Duration` on one side, milliseconds on the other.
import { create } from "@bufbuild/protobuf";
import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";

/** The longest Duration that there is, in seconds: ten thousand years. */
const longestSeconds = 315_576_000_000;

/** Milliseconds as a Duration; what is longer than one can be, as `Infinity`, is the longest. */
export function durationOf(ms: number): Duration {
  if (ms >= longestSeconds * 1_000) {
    return create(DurationSchema, { seconds: BigInt(longestSeconds) });
  }
  const seconds = Math.trunc(ms / 1_000);
  return create(DurationSchema, {
    seconds: BigInt(seconds),
    nanos: Math.round((ms - seconds * 1_000) * 1_000_000),
  });
}

/** A Duration in milliseconds; `undefined` when it is absent. */
export function millisecondsOf(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : Number(duration.seconds) * 1_000 + duration.nanos / 1_000_000;
}

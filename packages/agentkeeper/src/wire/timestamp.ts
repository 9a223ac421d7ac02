// Times as they cross the wire: `google.protobuf.Timestamp` on one side, milliseconds or `Date` on the other.
import { create } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";

/** Milliseconds since the Unix epoch as a Timestamp. */
export function timestampOf(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1_000);
  const timestamp = create(TimestampSchema);
  timestamp.seconds = BigInt(seconds);
  timestamp.nanos = Math.round((ms - seconds * 1_000) * 1_000_000);
  return timestamp;
}

/** A Timestamp as a Date with millisecond precision; `null` when it is absent or zero. */
export function dateOrNull(timestamp: Timestamp | undefined): Date | null {
  if (timestamp === undefined || (timestamp.seconds === 0n && timestamp.nanos === 0)) {
    return null;
  }
  return new Date(Number(timestamp.seconds) * 1_000 + Math.floor(timestamp.nanos / 1_000_000));
}

/** A Timestamp as a Date; the Unix epoch when it is absent. */
export function dateOf(timestamp: Timestamp | undefined): Date {
  return dateOrNull(timestamp) ?? new Date(0);
}

// Free slots of a calendar. A hint: the commit is the check.

import type { Slot } from "../types.ts";
import { decodeSlots } from "../wire/decode-slot.ts";
import { toWireTime } from "../wire/time.ts";
import type { CallOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";
import { availabilityRules } from "./option-rules.ts";

/** Where to look for free slots. */
export interface AvailabilityOptions extends CallOptions {
  /** The range, at most 31 days; texts need an offset. */
  readonly start: Date | string;
  readonly end: Date | string;
  /** 1 to 480. @default 30 */
  readonly durationMinutes?: number | undefined;
  /** Slots start on multiples of it, 1 to 1440. @default 15 */
  readonly granularityMinutes?: number | undefined;
  /** Whether holds of other agents hide a slot. @default true */
  readonly includeHolds?: boolean | undefined;
  /** The owner of the calendar. @default the key's own */
  readonly userId?: string | undefined;
}

export interface Availability {
  /** Up to 1,000 free slots, earliest first. */
  list(options: AvailabilityOptions): Promise<readonly Slot[]>;
}

export function createAvailability(connection: Connection): Availability {
  return {
    async list(options: AvailabilityOptions): Promise<readonly Slot[]> {
      const operation = "availability.list";
      const body = await connection.call(
        {
          operation,
          method: "GET",
          path: "availability",
          rules: availabilityRules,
          query: {
            range_start: toWireTime(options.start, "start", operation),
            range_end: toWireTime(options.end, "end", operation),
            duration_minutes: options.durationMinutes ?? 30,
            granularity_minutes: options.granularityMinutes ?? 15,
            include_holds: options.includeHolds ?? true,
            user_id: options.userId,
          },
        },
        options,
      );
      return decodeSlots(body, "slots");
    },
  };
}

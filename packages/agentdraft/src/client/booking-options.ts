// What a caller says about a slot, and about which bookings to list.

import type { BookingStatus, Invitee } from "../types.ts";
import type { CallOptions, IdempotentCallOptions } from "./call-options.ts";

/** A slot to hold. */
export interface HoldOptions extends IdempotentCallOptions {
  /** Texts need an offset. At most 8 hours, at most 366 days ahead. */
  readonly start: Date | string;
  readonly end: Date | string;
  /** Minutes kept free before it, 0 to 240. @default 0 */
  readonly bufferBeforeMin?: number | undefined;
  /** Minutes kept free behind it, 0 to 240. @default 0 */
  readonly bufferAfterMin?: number | undefined;
  /** Anything in JSON, up to 16 KiB; kept as it is. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Up to 500 characters. */
  readonly title?: string | undefined;
  readonly invitee?: Invitee | undefined;
}

/** A slot to book. */
export interface CommitOptions extends HoldOptions {
  /**
   * How long a stronger agent may still take the slot, in seconds, 0 to 86,400. The owner's rule is a floor: a call makes
   * it longer, never shorter. @default the owner's rule, else 30
   */
  readonly bumpWindowSeconds?: number | undefined;
  /** Ask for a meeting link. The booking never fails for want of one. @default false */
  readonly withConferencing?: boolean | undefined;
}

/** Which bookings to list. */
export interface ListBookingsOptions extends CallOptions {
  readonly status?: BookingStatus | undefined;
  readonly from?: Date | string | undefined;
  readonly to?: Date | string | undefined;
  readonly cursor?: string | undefined;
  /** 1 to 100. @default 100 */
  readonly limit?: number | undefined;
}

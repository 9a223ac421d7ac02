// Bookings: the four state transitions of a slot, and what became of them.

import { type deadlineIn, newIdempotencyKey, type OptionRules } from "@x/core";
import { invalidAnswer } from "../failure.ts";
import type { Booking, Page, ReleaseResult } from "../types.ts";
import { type Body, listOf, textOf } from "../wire/body.ts";
import { toWireTime } from "../wire/time.ts";
import type { CommitOptions, HoldOptions, ListBookingsOptions } from "./booking-options.ts";
import type { CallOptions } from "./call-options.ts";
import { type CommitOrNextOptions, commitOrNext } from "./commit-or-next.ts";
import type { Connection } from "./connection.ts";
import { decodeBooking, decodeRelease } from "./decode/decode-booking.ts";
import { commitRules, holdRules, listBookingsRules } from "./option-rules.ts";

export interface Bookings {
  /**
   * Books a slot. A stronger agent may still take it until `bumpWindowEndsAt`: read it again with `get`, or watch
   * `events`, where that matters.
   *
   * @throws Conflict with the winner, where another booking has the slot
   * @throws ConsentRequired where a person must agree first; the slot is held meanwhile
   * @throws RuleViolation where a rule of the owner forbids it
   */
  commit(options: CommitOptions): Promise<Booking>;
  /**
   * Holds a slot for a short time (30 s unless the service says otherwise). A commit of the same slot takes the hold over.
   *
   * @throws Conflict, RuleViolation
   */
  hold(options: HoldOptions): Promise<Booking>;
  /**
   * {@link Bookings.commit}, and where the slot is lost, the alternatives that the service names, one after the other.
   *
   * @throws Conflict the last one, when no attempt is left or no alternative was named
   */
  commitOrNext(options: CommitOptions, more?: CommitOrNextOptions): Promise<Booking>;
  /** Frees a hold at once. May be repeated. @throws NotOwner, NotFound, InvalidRequest `not_a_hold` */
  release(holdId: string, options?: CallOptions): Promise<ReleaseResult>;
  /** Frees a booking at once. May be repeated. @throws NotOwner, NotFound */
  cancel(bookingId: string, options?: CallOptions): Promise<ReleaseResult>;
  /** The booking as it stands now; every agent of the calendar may read it. @throws NotFound */
  get(bookingId: string, options?: CallOptions): Promise<Booking>;
  /** One page of the calendar's bookings, oldest first. */
  list(options?: ListBookingsOptions): Promise<Page<Booking>>;
}

export function createBookings(connection: Connection): Bookings {
  const commit = async (options: CommitOptions): Promise<Booking> => {
    const { bumpWindowSeconds, withConferencing } = options;
    return await create(
      connection,
      "bookings.commit",
      options,
      {
        mode: "commit",
        ...(bumpWindowSeconds === undefined ? {} : { bump_window_seconds: bumpWindowSeconds }),
        ...(withConferencing === true ? { with_conferencing: true } : {}),
      },
      commitRules,
    );
  };
  return {
    commit,
    hold: (options) => create(connection, "bookings.hold", options, { mode: "hold" }, holdRules),
    commitOrNext: (options, more) => commitOrNext(connection, commit, options, more),
    async release(holdId: string, options?: CallOptions): Promise<ReleaseResult> {
      const body = await connection.call(
        {
          operation: "bookings.release",
          method: "POST",
          path: "releaseHold",
          values: { holdId },
          idempotent: true,
        },
        options,
      );
      return decodeRelease(body, holdId, "RELEASED");
    },
    async cancel(bookingId: string, options?: CallOptions): Promise<ReleaseResult> {
      const body = await connection.call(
        { operation: "bookings.cancel", method: "DELETE", path: "booking", values: { bookingId } },
        options,
      );
      return decodeRelease(body, bookingId, "CANCELLED");
    },
    async get(bookingId: string, options?: CallOptions): Promise<Booking> {
      const operation = "bookings.get";
      const call = { operation, method: "GET", path: "booking", values: { bookingId } } as const;
      return required(operation, await connection.call(call, options));
    },
    async list(options: ListBookingsOptions = {}): Promise<Page<Booking>> {
      const operation = "bookings.list";
      const { status, from, to, cursor, limit } = options;
      const body = await connection.call(
        {
          operation,
          method: "GET",
          path: "bookings",
          rules: listBookingsRules,
          query: {
            status,
            from: from === undefined ? undefined : toWireTime(from, "from", operation),
            to: to === undefined ? undefined : toWireTime(to, "to", operation),
            cursor,
            limit,
          },
        },
        options,
      );
      return {
        items: listOf(body, "bookings").map((item) => required(operation, item)),
        nextCursor: textOf(body, "next_cursor"),
      };
    },
  };
}

async function create(
  connection: Connection,
  operation: string,
  options: HoldOptions & { readonly deadline?: ReturnType<typeof deadlineIn> },
  fields: Body,
  rules: OptionRules<HoldOptions>,
): Promise<Booking> {
  const { deadline, ...callOptions } = options;
  const { bufferBeforeMin = 0, bufferAfterMin = 0, metadata, title, invitee, idempotencyKey } = callOptions;
  const body = await connection.call(
    {
      operation,
      method: "POST",
      path: "bookings",
      idempotencyKey: idempotencyKey ?? `ik_${newIdempotencyKey()}`,
      ...(deadline === undefined ? {} : { deadline }),
      rules,
      body: {
        start: toWireTime(options.start, "start", operation),
        end: toWireTime(options.end, "end", operation),
        ...fields,
        buffer_before_min: bufferBeforeMin,
        buffer_after_min: bufferAfterMin,
        ...(metadata === undefined || Object.keys(metadata).length === 0 ? {} : { metadata }),
        ...(title === undefined || title === "" ? {} : { title }),
        ...(invitee === undefined || Object.keys(invitee).length === 0 ? {} : { invitee }),
      },
    },
    callOptions,
  );
  return required(operation, body);
}

function required(operation: string, body: Body): Booking {
  const booking = decodeBooking(body);
  if (booking === undefined) {
    throw invalidAnswer(operation, "booking_id and status", body);
  }
  return booking;
}

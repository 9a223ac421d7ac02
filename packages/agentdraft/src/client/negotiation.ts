// Negotiation: the loser of a slot proposes where the winner might move, and the winner agrees or not.

import { invalidAnswer } from "../failure.ts";
import type { Counter } from "../types.ts";
import { type Body, listOf, textOf } from "../wire/body.ts";
import { decodeSlots } from "../wire/decode-slot.ts";
import { toWireTime } from "../wire/time.ts";
import type { CallOptions } from "./call-options.ts";
import type { Connection, ConnectionCall } from "./connection.ts";

/** A slot to move to; texts need an offset. */
export interface ProposedSlot {
  readonly start: Date | string;
  readonly end: Date | string;
}

export interface Negotiation {
  /**
   * Proposes 1 to 5 other slots to the winning booking. Not repeated after an unclear failure.
   *
   * @param note up to 500 characters
   */
  propose(
    bookingId: string,
    slots: readonly ProposedSlot[],
    note?: string,
    options?: CallOptions,
  ): Promise<Counter>;
  list(bookingId: string, options?: CallOptions): Promise<readonly Counter[]>;
  /**
   * Moves the winner's booking to one of the proposed slots, counted from 0. Only the winner may.
   *
   * @throws NotOwner; AgentDraftError `slot_taken`, and the proposal stays open
   * @throws ConsentRequired where a person must agree first: the new time is held, and the booking moves when they do
   */
  accept(counter: CounterName, slotIndex: number, options?: CallOptions): Promise<Counter>;
  /** @throws NotOwner */
  reject(counter: CounterName, options?: CallOptions): Promise<Counter>;
}

/** Names a proposal: the one that `list` gave, or both its ids. */
export type CounterName = Pick<Counter, "counterId" | "bookingId">;

export function createNegotiation(connection: Connection): Negotiation {
  const call = async (call: ConnectionCall, options?: CallOptions): Promise<Counter> => {
    const body = await connection.call(call, options);
    return required(call.operation, body, call.values);
  };
  return {
    async propose(
      bookingId: string,
      slots: readonly ProposedSlot[],
      note?: string,
      options?: CallOptions,
    ): Promise<Counter> {
      const operation = "negotiation.propose";
      const proposed = slots.map(({ start, end }) => ({
        start: toWireTime(start, "start", operation),
        end: toWireTime(end, "end", operation),
      }));
      return await call(
        {
          operation,
          method: "POST",
          path: "proposeCounter",
          values: { bookingId },
          body: { proposed, note },
        },
        options,
      );
    },
    async list(bookingId: string, options?: CallOptions): Promise<readonly Counter[]> {
      const operation = "negotiation.list";
      const values = { bookingId };
      const body = await connection.call({ operation, method: "GET", path: "counters", values }, options);
      return listOf(body, "counters").map((item) => required(operation, item, values));
    },
    accept: (counter, slotIndex, options) =>
      call(
        {
          operation: "negotiation.accept",
          method: "POST",
          path: "acceptCounter",
          values: valuesOf(counter),
          body: { slot_index: slotIndex },
        },
        options,
      ),
    reject: (counter, options) =>
      call(
        {
          operation: "negotiation.reject",
          method: "POST",
          path: "rejectCounter",
          values: valuesOf(counter),
          body: {},
        },
        options,
      ),
  };
}

/** An empty text where an id is missing: filling the path refuses it. */
function valuesOf({ counterId, bookingId }: CounterName): { counterId: string; bookingId: string } {
  return { counterId, bookingId: bookingId ?? "" };
}

function required(operation: string, body: Body, values: Readonly<Record<string, string>> = {}): Counter {
  const counterId = textOf(body, "counter_id") ?? values.counterId;
  if (counterId === undefined) {
    throw invalidAnswer(operation, "counter_id", body);
  }
  return {
    counterId,
    bookingId: textOf(body, "booking_id") ?? values.bookingId ?? null,
    status: textOf(body, "status"),
    proposed: decodeSlots(body, "proposed"),
    note: textOf(body, "note"),
    raw: body,
  };
}

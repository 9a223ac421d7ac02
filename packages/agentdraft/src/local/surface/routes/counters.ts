// Negotiation: the loser of a slot proposes other ones to the winner.

import { type HttpRoute, json, ulid } from "@x/core/service";
import { z } from "zod";
import { servedPath } from "../../../wire/paths.ts";
import { answerTo, type Surface } from "../context.ts";
import { encodeCounter } from "../encode.ts";
import { instant, textOf, token } from "../shapes.ts";
import { Counter } from "./answer-shapes.ts";
import { BookingId } from "./bookings.ts";

const ProposedSlot = z
  .object({ start: instant, end: instant })
  .refine(({ start, end }) => end > start, { message: "end must be after start" });

const Propose = z.object({
  proposed: z.array(ProposedSlot).min(1).max(5),
  note: textOf(0, 500).nullish(),
});

const CounterId = z.object({ booking_id: token, counter_id: token });

export function counterRoutes(surface: Surface): readonly HttpRoute[] {
  const { doors } = surface;
  const tag = "negotiation";
  const counterAnswer = { description: "The counter-proposal", schema: Counter };
  return [
    doors.agent("bookings:write", {
      method: "POST",
      path: servedPath("proposeCounter"),
      doc: {
        operationId: "proposeCounter",
        summary: "Proposes other slots to the agent of a booking that won",
        tag,
        answers: { 201: counterAnswer },
      },
      params: BookingId,
      body: Propose,
      handle: ({ caller, params, body, request }) =>
        answerTo(
          surface,
          request,
          {
            type: "proposeCounter",
            agentId: caller.agentId,
            counterId: `ctr_${ulid()}`,
            bookingId: params.booking_id,
            proposed: body.proposed.map(({ start, end }) => ({ startMs: start, endMs: end })),
            note: body.note ?? null,
          },
          ({ counter }) => json(201, encodeCounter(counter)),
        ),
    }),
    doors.agent("bookings:write", {
      method: "GET",
      path: servedPath("counters"),
      doc: {
        operationId: "listCounters",
        summary: "The counter-proposals to a booking",
        tag,
        answers: { 200: { description: "All of them", schema: z.object({ counters: z.array(Counter) }) } },
      },
      params: BookingId,
      handle: ({ caller, params, request }) =>
        answerTo(
          surface,
          request,
          { type: "listCounters", agentId: caller.agentId, bookingId: params.booking_id },
          ({ counters }) => json(200, { counters: counters.map(encodeCounter) }),
        ),
    }),
    doors.agent("bookings:write", {
      method: "POST",
      path: servedPath("acceptCounter"),
      doc: {
        operationId: "acceptCounter",
        summary: "Moves the winning booking to a proposed slot",
        tag,
        answers: { 200: counterAnswer },
      },
      params: CounterId,
      body: z.object({ slot_index: z.int().min(0).max(4) }),
      handle: ({ caller, params, body, request }) =>
        answerTo(
          surface,
          request,
          {
            type: "acceptCounter",
            agentId: caller.agentId,
            bookingId: params.booking_id,
            counterId: params.counter_id,
            slotIndex: body.slot_index,
            movedBookingId: `bkg_${ulid()}`,
          },
          ({ counter }) => json(200, encodeCounter(counter)),
        ),
    }),
    doors.agent("bookings:write", {
      method: "POST",
      path: servedPath("rejectCounter"),
      doc: {
        operationId: "rejectCounter",
        summary: "Declines a counter-proposal",
        tag,
        answers: { 200: counterAnswer },
      },
      params: CounterId,
      handle: ({ caller, params, request }) =>
        answerTo(
          surface,
          request,
          {
            type: "rejectCounter",
            agentId: caller.agentId,
            bookingId: params.booking_id,
            counterId: params.counter_id,
          },
          ({ counter }) => json(200, encodeCounter(counter)),
        ),
    }),
  ];
}

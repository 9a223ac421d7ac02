// Bookings and holds: create, release, cancel, read.

import { type Answer, type HttpRoute, invalidRequest, json, jsonText, ulid } from "@x/core/service";
import { z } from "zod";
import { servedPath } from "../../../wire/paths.ts";
import { randomBase32 } from "../../engine/secrets.ts";
import type { Asker, CommandOf, Ended } from "../../rules/model/commands.ts";
import { lengthOf } from "../../rules/model/texts.ts";
import type { BookingStatus, BookingView, ConferencingView, WrittenJson } from "../../rules/model/views.ts";
import { answerTo, type Surface } from "../context.ts";
import { bookingText, listText } from "../encode.ts";
import { idempotencyHeader, idempotencyKey, replayedAs } from "../idempotency-header.ts";
import { membersOf } from "../raw-json.ts";
import { freeObject, instant, type PageQuery, pageOf, pageQuery, textOf, token } from "../shapes.ts";
import { Booking, Ended as EndedShape, page } from "./answer-shapes.ts";

const longestTitle = 500;

const mostMetadataBytes = 16 * 1024;
const mostMetadataKeys = 50;

const CreateBooking = z.object({
  start: instant,
  end: instant,
  mode: z.enum(["commit", "hold"], 'expected "commit" or "hold"').optional(),
  buffer_before_min: z.int().min(0).max(240).nullish(),
  buffer_after_min: z.int().min(0).max(240).nullish(),
  bump_window_seconds: z.int().min(0).max(86_400).nullish(),
  with_conferencing: z.boolean().nullish(),
  title: textOf(0, longestTitle).nullish(),
  invitee: z
    .looseObject({ name: z.string().nullish(), email: z.string().nullish(), notes: z.string().nullish() })
    .nullish(),
  metadata: freeObject
    .refine((metadata) => Object.keys(metadata).length <= mostMetadataKeys, {
      message: `at most ${mostMetadataKeys} keys`,
    })
    .meta({ maxProperties: mostMetadataKeys })
    .nullish(),
});

const bookingStatuses = [
  "HOLD",
  "COMMITTED",
  "CANCELLED",
  "EVICTED",
  "RELEASED",
  "EXPIRED",
  "INVALIDATED",
  "CONSUMED",
] as const;

export interface BookingQuery extends PageQuery {
  readonly status?: BookingStatus | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The query of a list of bookings. */
export const BookingFilter: z.ZodType<BookingQuery> = z.object({
  status: z.enum(bookingStatuses).optional(),
  from: instant.optional(),
  to: instant.optional(),
  ...pageQuery,
});

export const BookingId: z.ZodType<{ readonly booking_id: string }> = z.object({ booking_id: token });

export function bookingRoutes(surface: Surface): readonly HttpRoute[] {
  const { doors } = surface;
  const tag = "bookings";
  return [
    doors.agent("bookings:write", {
      method: "POST",
      path: servedPath("bookings"),
      doc: {
        operationId: "createBooking",
        summary: "Commits or holds a slot",
        description:
          "A 201 may still lose its slot to a stronger agent until `bump_window_ends_at`; the booking then reads EVICTED.",
        tag,
        headers: idempotencyHeader,
        answers: { 201: { description: "The slot is yours", schema: Booking } },
      },
      body: CreateBooking,
      handle({ caller, request, body, bodyText }) {
        const mode = body.mode ?? "commit";
        // Its key is judged before its times: it is a header of the request, not of the booking.
        const key = idempotencyKey(request);
        const memberOf = membersOf(bodyText);
        return answerTo(
          surface,
          request,
          {
            type: "createBooking",
            mode,
            agentId: caller.agentId,
            bookingId: `bkg_${ulid()}`,
            startMs: body.start,
            endMs: body.end,
            bufferBeforeMin: body.buffer_before_min ?? 0,
            bufferAfterMin: body.buffer_after_min ?? 0,
            bumpWindowSeconds: mode === "hold" ? null : (body.bump_window_seconds ?? null),
            title: titleOf(body.title, body.metadata),
            invitee: body.invitee == null ? null : memberOf("invitee"),
            metadata: body.metadata == null ? null : bounded(memberOf("metadata")),
            conferencing:
              mode === "commit" && body.with_conferencing === true
                ? conferencing(surface.conferencingBaseUrl)
                : null,
            idempotencyKey: key,
          },
          ({ booking, replayed: again, currentStatus }) =>
            jsonText(201, bookingText(booking), again ? replayedAs(currentStatus) : undefined),
        );
      },
    }),
    doors.agent("bookings:write", {
      method: "POST",
      path: servedPath("releaseHold"),
      doc: {
        operationId: "releaseHold",
        summary: "Gives up an own hold",
        tag,
        answers: { 200: { description: "How the hold ended", schema: EndedShape } },
      },
      params: z.object({ hold_id: token }),
      handle: ({ caller, params, request }) =>
        answerTo(
          surface,
          request,
          { type: "releaseHold", agentId: caller.agentId, bookingId: params.hold_id },
          ended,
        ),
    }),
    doors.agent("bookings:write", {
      method: "DELETE",
      path: servedPath("booking"),
      doc: {
        operationId: "cancelBooking",
        summary: "Cancels an own booking",
        tag,
        answers: { 200: { description: "How the booking ended", schema: EndedShape } },
      },
      params: BookingId,
      handle: ({ caller, params, request }) =>
        answerTo(
          surface,
          request,
          { type: "cancelBooking", agentId: caller.agentId, bookingId: params.booking_id },
          ended,
        ),
    }),
    doors.agent(undefined, {
      method: "GET",
      path: servedPath("booking"),
      doc: {
        operationId: "getBooking",
        summary: "A booking of the calendar, as it is now",
        tag,
        answers: { 200: { description: "The booking", schema: Booking } },
      },
      params: BookingId,
      handle: ({ caller, params, request }) =>
        answerTo(
          surface,
          request,
          { type: "getBooking", asker: { agentId: caller.agentId }, bookingId: params.booking_id },
          ({ booking }) => jsonText(200, bookingText(booking)),
        ),
    }),
    doors.agent(undefined, {
      method: "GET",
      path: servedPath("bookings"),
      doc: {
        operationId: "listBookings",
        summary: "The bookings of the calendar, oldest first",
        tag,
        answers: { 200: { description: "One page", schema: page("bookings", Booking) } },
      },
      query: BookingFilter,
      handle: ({ caller, query, request }) =>
        answerTo(surface, request, listCommand({ agentId: caller.agentId }, query), bookingPage),
    }),
  ];
}

/** The command of a list of bookings, whoever asks. */
export function listCommand(asker: Asker, query: BookingQuery): CommandOf<"listBookings"> {
  return {
    type: "listBookings",
    asker,
    status: query.status ?? null,
    fromMs: query.from ?? null,
    toMs: query.to ?? null,
    ...pageOf(query),
  };
}

export function bookingPage(reply: {
  readonly items: readonly BookingView[];
  readonly nextCursor: string | null;
}): Answer {
  return jsonText(200, listText("bookings", reply.items.map(bookingText), { next_cursor: reply.nextCursor }));
}

function ended({ bookingId, isHold, status, auditEventId }: Ended): Answer {
  return json(200, {
    booking_id: bookingId,
    ...(isHold ? { hold_id: bookingId } : {}),
    status,
    audit_event_id: auditEventId,
  });
}

/** The title on top supersedes that of the metadata, where older clients put it. */
function titleOf(
  title: string | null | undefined,
  metadata: Record<string, unknown> | null | undefined,
): string | null {
  if (title != null && title !== "") {
    return title;
  }
  if (typeof metadata?.title !== "string") {
    return null;
  }
  if (lengthOf(metadata.title) > longestTitle) {
    throw invalidRequest(`metadata.title has more than ${longestTitle} characters`, "metadata");
  }
  return metadata.title;
}

function bounded(metadata: WrittenJson): WrittenJson {
  if (Buffer.byteLength(metadata.text) > mostMetadataBytes) {
    throw invalidRequest(`metadata has more than ${mostMetadataBytes} bytes`, "metadata");
  }
  return metadata;
}

function conferencing(baseUrl: string | undefined): ConferencingView {
  return baseUrl === undefined
    ? { url: null, provider: null, status: "no_provider" }
    : { url: `${baseUrl}/agentdraft-${randomBase32(20)}`, provider: "jitsi", status: "attached" };
}

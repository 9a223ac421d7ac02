// The six tools of the official MCP server: who am I, what is free, hold, release, commit, cancel.
import { defineTool, listAnswer, type Tool } from "@x/core/mcp";
import { z } from "zod";
import type { AgentDraft } from "../client/client.ts";
import { isoformat } from "../wire/isoformat.ts";
import { orRefusal } from "./refusals.ts";

const instant = z.string().describe("ISO 8601 with an offset, such as 2030-01-07T10:00:00Z");
const freeForm = z.record(z.string(), z.unknown());

const slot = {
  start: instant,
  end: instant,
  idempotency_key: z.string().nullish().describe("A repeat with the same key answers the first booking"),
  metadata: freeForm.nullish().describe("Anything that should stay with the booking"),
  title: z.string().nullish().describe("What the slot is for; the owner sees it"),
  invitee: freeForm.nullish().describe("Who the slot is for: name, email, notes"),
};

interface SlotArguments {
  readonly start: string;
  readonly end: string;
  readonly idempotency_key?: string | null | undefined;
  readonly metadata?: Record<string, unknown> | null | undefined;
  readonly title?: string | null | undefined;
  readonly invitee?: Record<string, unknown> | null | undefined;
}

function bookingOf({ start, end, idempotency_key, metadata, title, invitee }: SlotArguments) {
  return {
    start,
    end,
    ...(idempotency_key ? { idempotencyKey: idempotency_key } : {}),
    ...(metadata ? { metadata } : {}),
    ...(title ? { title } : {}),
    ...(invitee ? { invitee } : {}),
  };
}

export function bookingTools(client: AgentDraft): readonly Tool[] {
  return [
    defineTool({
      name: "whoami",
      description:
        "Confirms the key and tells this agent's id, its rank (1 is the strongest), its scopes and the owner's time zone.",
      input: {},
      hints: { readOnlyHint: true },
      async run(_, { signal }) {
        const { agentId, userId, priority, scopes, timezone } = await client.agents.me({ signal });
        return { agent_id: agentId, user_id: userId, priority, scopes, timezone };
      },
    }),

    defineTool({
      name: "get_availability",
      description:
        "Lists slots in [start, end) that are free for this agent, after the owner's rules and the holds of other agents. A hint: the commit is the check. A long list comes in parts: ask for a shorter time, or go on with next_cursor.",
      input: {
        start: instant,
        end: instant,
        duration_minutes: z.number().int().default(30),
        granularity_minutes: z.number().int().default(15),
        include_holds: z.boolean().default(true),
        limit: z
          .number()
          .int()
          .min(1)
          .max(10_000)
          .nullish()
          .describe("Slots at most; as many as fit by default"),
        cursor: z.iso.datetime({ offset: true }).nullish().describe("The next_cursor of the part before"),
      },
      hints: { readOnlyHint: true },
      async run(
        { start, end, duration_minutes, granularity_minutes, include_holds, limit, cursor },
        { signal },
      ) {
        const free = await client.availability.list({
          start,
          end,
          durationMinutes: duration_minutes,
          granularityMinutes: granularity_minutes,
          includeHolds: include_holds,
          signal,
        });
        // The grid begins at `start`, so a part is taken out of the whole.
        const from = cursor ? Date.parse(cursor) : Number.NEGATIVE_INFINITY;
        const slots = free.flatMap((each) =>
          each.start.getTime() < from
            ? []
            : [{ start: isoformat(each.start.getTime()), end: isoformat(each.end.getTime()) }],
        );
        const most = limit ?? slots.length;
        return listAnswer({
          name: "slots",
          items: slots.slice(0, most),
          cursorAfter: (index) => slots[index + 1]?.start ?? "",
          next: slots[most]?.start,
        });
      },
    }),

    defineTool({
      name: "create_hold",
      description:
        "Reserves a slot for a short time (30 s unless the owner says otherwise). commit_booking on the same slot makes it final. A stronger or equal agent's commit takes a held slot away.",
      input: slot,
      hints: { readOnlyHint: false },
      run: (wanted, { signal }) =>
        orRefusal(async () => {
          const { bookingId, status } = await client.bookings.hold({ ...bookingOf(wanted), signal });
          return { booking_id: bookingId, status, start: wanted.start, end: wanted.end };
        }),
    }),

    defineTool({
      name: "release_hold",
      description: "Gives a hold of this agent back before it expires.",
      input: { hold_id: z.string() },
      hints: { readOnlyHint: false, idempotentHint: true },
      run: ({ hold_id }, { signal }) =>
        orRefusal(async () => {
          await client.bookings.release(hold_id, { signal });
          return { released: true, hold_id };
        }),
    }),

    defineTool({
      name: "commit_booking",
      description:
        "Makes a booking final: one agent gets the slot, the others are told who won. Inside the bump window (30 s) a stronger agent may still take it over.",
      input: {
        ...slot,
        with_conferencing: z.boolean().default(false).describe("Ask for a meeting link"),
      },
      hints: { readOnlyHint: false },
      run: (wanted, { signal }) =>
        orRefusal(async () => {
          const booking = await client.bookings.commit({
            ...bookingOf(wanted),
            withConferencing: wanted.with_conferencing,
            signal,
          });
          const { bookingId, status, title, invitee, conferencingUrl, conferencingProvider } = booking;
          return {
            booking_id: bookingId,
            status,
            start: wanted.start,
            end: wanted.end,
            ...(title ? { title } : {}),
            ...(invitee ? { invitee } : {}),
            ...(conferencingUrl
              ? { conferencing: { provider: conferencingProvider, url: conferencingUrl } }
              : {}),
          };
        }),
    }),

    defineTool({
      name: "cancel_booking",
      description: "Cancels a booking of this agent. The slot is free for the others at once.",
      input: { booking_id: z.string() },
      hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
      run: ({ booking_id }, { signal }) =>
        orRefusal(async () => {
          await client.bookings.cancel(booking_id, { signal });
          return { cancelled: true, booking_id };
        }),
    }),
  ];
}

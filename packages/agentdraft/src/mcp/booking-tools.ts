// The six tools of the official MCP server: who am I, what is free, hold, release, commit, cancel.
import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { AgentDraft } from "../client/client.ts";
import { isoformat } from "../wire/isoformat.ts";
import { answer, answerOrRefusal } from "./results.ts";

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

export function registerBookingTools(server: McpServer, client: AgentDraft): void {
  server.registerTool(
    "whoami",
    {
      description:
        "Confirms the key and tells this agent's id, its rank (1 is the strongest), its scopes and the owner's time zone.",
      inputSchema: z.object({}),
      annotations: { readOnlyHint: true },
    },
    async () => {
      const { agentId, userId, priority, scopes, timezone } = await client.agents.me();
      return answer({ agent_id: agentId, user_id: userId, priority, scopes, timezone });
    },
  );

  server.registerTool(
    "get_availability",
    {
      description:
        "Lists slots in [start, end) that are free for this agent, after the owner's rules and the holds of other agents. A hint: the commit is the check.",
      inputSchema: z.object({
        start: instant,
        end: instant,
        duration_minutes: z.number().int().default(30),
        granularity_minutes: z.number().int().default(15),
        include_holds: z.boolean().default(true),
      }),
      annotations: { readOnlyHint: true },
    },
    async ({ start, end, duration_minutes, granularity_minutes, include_holds }) => {
      const slots = await client.availability.list({
        start,
        end,
        durationMinutes: duration_minutes,
        granularityMinutes: granularity_minutes,
        includeHolds: include_holds,
      });
      return answer({
        slots: slots.map((free) => ({
          start: isoformat(free.start.getTime()),
          end: isoformat(free.end.getTime()),
        })),
      });
    },
  );

  server.registerTool(
    "create_hold",
    {
      description:
        "Reserves a slot for a short time (30 s unless the owner says otherwise). commit_booking on the same slot makes it final. A stronger or equal agent's commit takes a held slot away.",
      inputSchema: z.object(slot),
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
    },
    (wanted) =>
      answerOrRefusal(async () => {
        const { bookingId, status } = await client.bookings.hold(bookingOf(wanted));
        return { booking_id: bookingId, status, start: wanted.start, end: wanted.end };
      }),
  );

  server.registerTool(
    "release_hold",
    {
      description: "Gives a hold of this agent back before it expires.",
      inputSchema: z.object({ hold_id: z.string() }),
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
    },
    ({ hold_id }) =>
      answerOrRefusal(async () => {
        await client.bookings.release(hold_id);
        return { released: true, hold_id };
      }),
  );

  server.registerTool(
    "commit_booking",
    {
      description:
        "Makes a booking final: one agent gets the slot, the others are told who won. Inside the bump window (30 s) a stronger agent may still take it over.",
      inputSchema: z.object({
        ...slot,
        with_conferencing: z.boolean().default(false).describe("Ask for a meeting link"),
      }),
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
    },
    (wanted) =>
      answerOrRefusal(async () => {
        const booking = await client.bookings.commit({
          ...bookingOf(wanted),
          withConferencing: wanted.with_conferencing,
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
  );

  server.registerTool(
    "cancel_booking",
    {
      description: "Cancels a booking of this agent. The slot is free for the others at once.",
      inputSchema: z.object({ booking_id: z.string() }),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    },
    ({ booking_id }) =>
      answerOrRefusal(async () => {
        await client.bookings.cancel(booking_id);
        return { cancelled: true, booking_id };
      }),
  );
}

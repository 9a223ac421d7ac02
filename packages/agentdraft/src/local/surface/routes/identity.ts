// Who an agent is, when its calendar is free, and what has happened there.

import { HttpProblem, type HttpRoute, invalidRequest, json, text } from "@x/core/service";
import { z } from "zod";
import { isoformat } from "../../../wire/isoformat.ts";
import { servedPath } from "../../../wire/paths.ts";
import { publicPart } from "../../engine/signing.ts";
import { signingDirectory } from "../../rules/model/auth.ts";
import { answerTo, type Surface } from "../context.ts";
import { encodeSlot } from "../encode.ts";
import { countOf, instant, switchOf, token } from "../shapes.ts";
import { Slot } from "./answer-shapes.ts";

const longestRangeMs = 31 * 24 * 3_600_000;

const AvailabilityQuery = z.object({
  range_start: instant,
  range_end: instant,
  duration_minutes: countOf(1, 480, 30),
  granularity_minutes: countOf(1, 1_440, 15),
  include_holds: switchOf(true),
  user_id: token.optional(),
  cursor: token.optional(),
});

const directoryType = "application/http-message-signatures-directory+json";

export function identityRoutes(surface: Surface): readonly HttpRoute[] {
  const { doors, engine, signer } = surface;
  const tag = "identity";
  return [
    doors.agent(undefined, {
      method: "GET",
      path: servedPath("me"),
      doc: {
        operationId: "describeMe",
        summary: "Who the key belongs to",
        tag,
        answers: {
          200: {
            description: "The agent",
            schema: z.object({
              agent_id: z.string(),
              user_id: z.string(),
              priority: z.int(),
              scopes: z.array(z.string()),
              timezone: z.string(),
              name: z.string(),
              workspace_id: z.string(),
              mailbox_address: z.string(),
              requires_consent: z.boolean(),
            }),
          },
        },
      },
      handle: ({ caller, request }) =>
        answerTo(surface, request, { type: "describeAgent", agentId: caller.agentId }, ({ agent }) =>
          json(200, {
            agent_id: agent.agentId,
            user_id: agent.userId,
            priority: agent.priority,
            scopes: agent.scopes,
            timezone: agent.timezone,
            name: agent.name,
            workspace_id: agent.workspaceId,
            mailbox_address: agent.mailboxAddress,
            requires_consent: agent.requiresConsent,
          }),
        ),
    }),
    doors.agent("availability:read", {
      method: "GET",
      path: servedPath("availability"),
      doc: {
        operationId: "listAvailability",
        summary: "Free slots; a hint, for the commit is the check",
        tag,
        answers: {
          200: {
            description: "One page of slots",
            schema: z.looseObject({ slots: z.array(Slot), next_cursor: z.string().nullable() }),
          },
        },
      },
      query: AvailabilityQuery,
      handle({ caller, query, request }) {
        const { range_start: rangeStartMs, range_end: rangeEndMs } = query;
        if (rangeEndMs <= rangeStartMs) {
          throw invalidRequest("range_end must be after range_start", "range_end");
        }
        if (rangeEndMs - rangeStartMs > longestRangeMs) {
          throw invalidRequest("the range is longer than 31 days", "range_end");
        }
        return answerTo(
          surface,
          request,
          {
            type: "listAvailability",
            agentId: caller.agentId,
            userId: query.user_id ?? null,
            rangeStartMs,
            rangeEndMs,
            durationMin: query.duration_minutes,
            granularityMin: query.granularity_minutes,
            includeHolds: query.include_holds,
            cursor: query.cursor ?? null,
          },
          (reply) =>
            json(200, {
              slots: reply.items.map(encodeSlot),
              user_id: reply.userId,
              timezone: reply.timezone,
              range_start: isoformat(rangeStartMs),
              range_end: isoformat(rangeEndMs),
              duration_minutes: query.duration_minutes,
              granularity_minutes: query.granularity_minutes,
              as_of: isoformat(reply.asOfMs),
              next_cursor: reply.nextCursor,
            }),
        );
      },
    }),
    doors.everyone({
      method: "GET",
      path: servedPath("jwks"),
      doc: {
        operationId: "jwks",
        summary: "The public keys of receipts and signed heads",
        tag: "keys",
        answers: {
          200: {
            description: "A JSON Web Key Set",
            schema: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }),
          },
        },
      },
      handle: () => json(200, signer.jwks(), { "cache-control": "public, max-age=300" }),
    }),
    doors.everyone({
      method: "GET",
      path: servedPath("signatureDirectory"),
      doc: {
        operationId: "signatureDirectory",
        summary: "The public keys with which an agent signs its requests",
        tag: "keys",
        answers: {
          200: {
            description: "A key directory",
            type: directoryType,
            schema: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }),
          },
        },
      },
      params: z.object({ agent_id: token }),
      handle({ params }) {
        const keys = engine.peek((state, { wall }) => signingDirectory(state, params.agent_id, wall));
        if (keys === undefined) {
          throw new HttpProblem(404, "not_found", `there is no agent ${params.agent_id}`);
        }
        return text(200, directoryType, JSON.stringify({ keys: keys.map(publicPart) }), {
          "cache-control": "public, max-age=60",
        });
      },
    }),
  ];
}

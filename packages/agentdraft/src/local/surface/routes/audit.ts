// The audit chain, and the feed of its events.

import { type Answer, HttpProblem, type HttpRequest, type HttpRoute, json, poll } from "@x/core/service";
import { z } from "zod";
import { servedPath } from "../../../wire/paths.ts";
import { eventsOf } from "../../engine/audit-log.ts";
import { isRefusal } from "../../rules/model/refusal.ts";
import { answerTo, type Surface } from "../context.ts";
import { refusalAnswer } from "../errors.ts";
import { countOf, textOf, token } from "../shapes.ts";
import { AuditEventShape } from "./answer-shapes.ts";

const place = countOf(0, Number.MAX_SAFE_INTEGER, 0);

const AuditQuery = z.object({
  resource: token.optional(),
  type: textOf(1, 100).optional(),
  after: place,
  limit: countOf(1, 1_000, 100),
});

const EventsQuery = z.object({ after: place, wait: countOf(0, 30, 0) });

const mostFedEvents = 1_000;

export function auditRoutes(surface: Surface): readonly HttpRoute[] {
  const { doors, engine, signer } = surface;
  const tag = "audit";
  const eventAnswer = { 200: { description: "The event", schema: AuditEventShape } };

  const listAnswer = async (
    asker: { readonly agentId: string } | { readonly userId: string },
    calendarId: string,
    query: z.infer<typeof AuditQuery>,
    request: HttpRequest,
  ): Promise<Answer> => {
    const events = await engine.audit.list(calendarId, query);
    // Asked for after the events, so that the head is never behind them.
    const reply = await engine.run({ type: "getAuditHead", asker });
    const last = events.at(-1)?.seq;
    return isRefusal(reply)
      ? refusalAnswer(reply, request.requestId)
      : json(200, {
          events,
          next_after: last !== undefined && last < reply.head.seq ? last : null,
          head: { seq: reply.head.seq, hash: reply.head.hash },
        });
  };
  const listDoc = {
    summary: "Events of the calendar's chain, oldest first",
    tag,
    answers: {
      200: {
        description: "One page and the head",
        schema: z.object({
          events: z.array(AuditEventShape),
          next_after: z.int().nullable(),
          head: z.object({ seq: z.int(), hash: z.string() }),
        }),
      },
    },
  };

  return [
    doors.agent(undefined, {
      method: "GET",
      path: servedPath("audit"),
      doc: { operationId: "listAudit", ...listDoc },
      query: AuditQuery,
      handle: ({ caller, query, request }) =>
        listAnswer({ agentId: caller.agentId }, caller.userId, query, request),
    }),
    doors.owner({
      method: "GET",
      path: "/v1/dashboard/audit",
      doc: { operationId: "listOwnAudit", ...listDoc },
      query: AuditQuery,
      handle: ({ caller, query, request }) =>
        listAnswer({ userId: caller.userId }, caller.userId, query, request),
    }),
    doors.agent(undefined, {
      method: "GET",
      path: servedPath("auditHead"),
      doc: {
        operationId: "auditHead",
        summary: "The newest place of the chain, signed: pin it to notice a cut or rewritten chain",
        tag,
        answers: {
          200: {
            description: "The head",
            schema: z.object({
              calendar_id: z.string(),
              seq: z.int(),
              hash: z.string(),
              at: z.string().nullable(),
              kid: z.string(),
              signature: z.string(),
            }),
          },
        },
      },
      handle: ({ caller, request }) =>
        answerTo(surface, request, { type: "getAuditHead", asker: { agentId: caller.agentId } }, ({ head }) =>
          json(200, {
            calendar_id: head.calendarId,
            seq: head.seq,
            hash: head.hash,
            at: head.at,
            ...signer.signHead(head),
          }),
        ),
    }),
    doors.agent(undefined, {
      method: "GET",
      path: servedPath("auditEvent"),
      doc: { operationId: "getAuditEvent", summary: "One event of the chain", tag, answers: eventAnswer },
      params: z.object({ event_id: token }),
      async handle({ caller, params }) {
        const event = await engine.audit.find(caller.userId, params.event_id);
        if (event === undefined) {
          throw new HttpProblem(404, "not_found", `there is no event ${params.event_id} in this calendar`);
        }
        return json(200, event);
      },
    }),
    doors.agent(undefined, {
      method: "GET",
      path: servedPath("events"),
      doc: {
        operationId: "events",
        summary: "Events after a place in the chain; waits for one if there is none yet",
        tag,
        answers: {
          200: {
            description: "Events, and where to go on",
            schema: z.object({ events: z.array(AuditEventShape), next_after: z.int() }),
          },
        },
      },
      query: EventsQuery,
      async handle({ caller, query, request }) {
        const { after, wait } = query;
        const events = eventsOf(
          await poll(engine.audit.chain(caller.userId), after, {
            limit: mostFedEvents,
            withinMs: wait * 1_000,
            clock: engine.clock,
            signal: request.signal,
          }),
        );
        return json(200, { events, next_after: events.at(-1)?.seq ?? after });
      },
    }),
  ];
}

// The network over HTTP, as official clients speak it, and what is possible besides.
import {
  defineRoute,
  events,
  HttpProblem,
  type HttpRequest,
  type HttpRoute,
  json,
  jsonText,
  type RouteDoc,
} from "@x/core/service";
import { z } from "zod";
import { type Body, bodyOf, isBody, listOf, textOf } from "../../../wire/body.ts";
import { longestPollSeconds, networkPaths } from "../../../wire/paths.ts";
import { isRefusal, unauthenticated } from "../../rules/model/refusal.ts";
import { hashOf, type Surface } from "../context.ts";
import { networkProblem } from "../problems.ts";
import { type Answered, answerEvent } from "./answering.ts";
import { healthData } from "./health.ts";
import { fetchEvents } from "./polling.ts";
import { registerAgent } from "./registering.ts";
import { bearerOf, hostOf, readBody, secretOf } from "./requests.ts";
import { readBodyEvent } from "./sent-event.ts";
import { eventStream } from "./stream.ts";

/** So many events one batch may have. */
const mostInBatch = 1_000;

const doc = (operationId: string, summary: string): RouteDoc => ({ operationId, summary, answers: {} });

const open = { admit: () => undefined, problem: networkProblem };

const failed = (status: number, error_message: string) => json(status, { success: false, error_message });

export function networkRoutes(surface: Surface): readonly HttpRoute[] {
  const { engine, metrics } = surface;
  const posts = { ...open, method: "POST", body: z.unknown() } as const;
  return [
    defineRoute({
      ...open,
      method: "GET",
      path: networkPaths.health,
      doc: doc("health", "What this network is"),
      handle: ({ request }) =>
        json(200, { success: true, status: "healthy", data: healthData(surface, hostOf(request)) }),
    }),

    defineRoute({
      ...posts,
      path: networkPaths.register,
      doc: doc("register", "Come into the network"),
      async handle({ request, body: given, bodyText }) {
        const { body, exact } = readBody(given, bodyText);
        const agentId = body.agent_id;
        if (agentId === undefined || agentId === null || agentId === "") {
          return failed(400, "agent_id is required");
        }
        const reply = await registerAgent(surface, {
          agentId: typeof agentId === "string" ? agentId : "",
          group: textOf(body.agent_group) ?? null,
          passwordHash: textOf(body.password_hash) ?? "",
          transport: "http",
          metadata: bodyOf(exact.metadata),
          claim: bearerOf(request),
        });
        if (!isRefusal(reply)) {
          const { networkName, networkId } = surface.rules;
          return json(200, {
            success: true,
            network_name: networkName,
            network_id: networkId,
            secret: reply.secret,
            assigned_group: reply.group,
          });
        }
        switch (reply.refused) {
          case "invalid_agent_id":
            return failed(400, reply.detail);
          case "full":
            return failed(503, reply.detail);
          default:
            metrics.countAuthFailure();
            return failed(500, `Registration failed: ${reply.detail}`);
        }
      },
    }),

    defineRoute({
      ...posts,
      path: networkPaths.unregister,
      doc: doc("unregister", "Leave the network"),
      async handle({ request, body: given, bodyText }) {
        const { body } = readBody(given, bodyText);
        const agentId = textOf(body.agent_id);
        if (agentId === undefined) {
          return failed(400, "agent_id is required");
        }
        const secretHash = hashOf(secretOf(request, body.secret));
        const reply = await engine.run<"unregister">({ type: "unregister", agentId, secretHash });
        if (isRefusal(reply)) {
          metrics.countAuthFailure();
          return failed(500, `Unregistration failed: ${reply.detail}`);
        }
        return json(200, { success: true });
      },
    }),

    defineRoute({
      ...posts,
      path: networkPaths.sendEvent,
      doc: doc("sendEvent", "Send an event"),
      async handle({ request, body: given, bodyText }) {
        const { body, exact } = readBody(given, bodyText);
        const sent = await sendOne(surface, request, body, exact, secretOf(request, body.secret));
        return "status" in sent ? failed(sent.status, sent.error) : jsonText(200, answerText(sent));
      },
    }),

    defineRoute({
      ...posts,
      path: networkPaths.sendEvents,
      doc: doc("sendEvents", "Send some events of one agent, in their order"),
      async handle({ request, body: given, bodyText }) {
        const { body, exact } = readBody(given, bodyText);
        const agentId = textOf(body.agent_id);
        if (agentId === undefined) {
          return failed(400, "agent_id is required");
        }
        if (!Array.isArray(body.events) || body.events.length > mostInBatch) {
          return failed(400, `events must be a list of at most ${mostInBatch} events`);
        }
        const secret = secretOf(request, body.secret);
        const exactEvents = listOf(exact.events);
        // Each is handed to the rules before the next one, which carry them out in this order.
        const results = await Promise.all(
          body.events.map((item: unknown, index) => {
            const own = { source_id: agentId };
            return isBody(item)
              ? sendOne(
                  surface,
                  request,
                  { ...item, ...own },
                  { ...bodyOf(exactEvents[index]), ...own },
                  secret,
                )
              : { status: 400, error: "JSON object required" };
          }),
        );
        const texts = results.map((sent) =>
          "status" in sent
            ? JSON.stringify({
                success: false,
                message: sent.error,
                event_id: null,
                data: null,
                event_name: null,
              })
            : answerText(sent),
        );
        const isOut = results.some((sent) => "message" in sent && sent.message === unauthenticated.detail);
        const error = `,"error_message":${JSON.stringify(unauthenticated.detail)}`;
        return jsonText(200, `{"success":${!isOut},"results":[${texts.join(",")}]${isOut ? error : ""}}`);
      },
    }),

    defineRoute({
      ...open,
      method: "GET",
      path: networkPaths.poll,
      doc: doc("poll", "Fetch what is queued"),
      async handle({ request }) {
        const { agent_id: agentId = "", secret, wait, limit, ack } = request.query;
        if (agentId === "") {
          return failed(400, "agent_id query parameter is required");
        }
        const waitMs = seconds(wait) * 1_000;
        const fetched = await fetchEvents(
          surface,
          agentId,
          hashOf(secretOf(request, secret)),
          {
            waitMs,
            limit: wholeNumber("limit", limit) ?? Number.POSITIVE_INFINITY,
            ack: ack === undefined ? null : (wholeNumber("ack", ack) ?? 0),
          },
          waitMs > 0 ? request.signal : undefined,
        );
        if (isRefusal(fetched)) {
          return json(200, {
            success: false,
            messages: [],
            agent_id: agentId,
            error_message: unauthenticated.detail,
          });
        }
        const next = ack === undefined ? "" : `,"next_ack":"${fetched.next}"`;
        return jsonText(
          200,
          `{"success":true,"messages":[${fetched.events.join(",")}],"agent_id":${JSON.stringify(agentId)}${next}}`,
        );
      },
    }),

    defineRoute({
      ...open,
      method: "GET",
      path: networkPaths.stream,
      doc: doc("stream", "What is queued, as it comes, as server-sent events"),
      async handle({ request }) {
        const { agent_id: agentId = "", secret } = request.query;
        if (agentId === "") {
          return failed(400, "agent_id query parameter is required");
        }
        const after = wholeNumber("Last-Event-ID", request.lastEventId);
        const stream = await eventStream(surface, agentId, hashOf(secretOf(request, secret)), after);
        return isRefusal(stream)
          ? failed(401, stream.detail)
          : events({ open: stream, keepAliveText: "keepalive" });
      },
    }),
  ];
}

/** What was sent and is answered, with what its answer repeats. */
type Sent = Answered & { readonly id: string; readonly name: string };

async function sendOne(
  surface: Surface,
  request: HttpRequest,
  body: Body,
  exact: Body,
  secret: string,
): Promise<Sent | { readonly status: number; readonly error: string }> {
  const { event_name: name, source_id: source } = body;
  if (typeof name !== "string" || name === "" || typeof source !== "string" || source === "") {
    return { status: 400, error: "event_name and source_id are required" };
  }
  const event = readBodyEvent(name, source, body, exact);
  if (typeof event === "string") {
    return { status: 500, error: event };
  }
  const answered = await answerEvent(surface, event, hashOf(secret), hostOf(request));
  surface.metrics.countEvent("http", answered.success);
  return { ...answered, id: event.id, name };
}

const answerText = ({ success, message, data, id, name }: Sent): string =>
  `{"success":${success},"message":${JSON.stringify(message)},"event_id":${JSON.stringify(id)},"data":${data},"event_name":${JSON.stringify(name)}}`;

/** @throws {HttpProblem} 400 for what is no whole number */
function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === "") {
    return undefined;
  }
  if (!/^\d{1,15}$/.test(text)) {
    throw new HttpProblem(400, "invalid_request", `${name} must be a whole number`);
  }
  return Number(text);
}

/** How long a poll may wait; what is longer is as long as it may. @throws {HttpProblem} 400 */
function seconds(text: string | undefined): number {
  if (text === undefined || text === "") {
    return 0;
  }
  if (!/^\d{1,6}(?:\.\d{1,3})?$/.test(text)) {
    throw new HttpProblem(400, "invalid_request", "wait must be a number of seconds");
  }
  return Math.min(Number(text), longestPollSeconds);
}

// Subscriptions of the owner's own services to what happens in the calendar.
import { type HttpRoute, invalidRequest, json, ulid } from "@x/core/service";
import { z } from "zod";
import { newWebhookSecret } from "../../engine/secrets.ts";
import { isPublicHost } from "../../public-host.ts";
import { webhookEventTypes } from "../../rules/model/webhook-events.ts";
import { answerTo, type Surface } from "../context.ts";
import { encodeDelivery, encodeWebhook } from "../encode.ts";
import { textOf, token } from "../shapes.ts";

const WebhookShape = z.object({
  sub_id: z.string(),
  event_type: z.string(),
  url: z.string(),
  created_at: z.string(),
});

const SubId = z.object({ sub_id: token });

export function webhookRoutes(surface: Surface): readonly HttpRoute[] {
  const { doors } = surface;
  const tag = "webhooks";
  return [
    doors.owner({
      method: "POST",
      path: "/v1/dashboard/webhooks",
      doc: {
        operationId: "createWebhook",
        summary: "Subscribes a URL; the secret is shown this once",
        tag,
        answers: {
          201: {
            description: "The subscription and its secret",
            schema: WebhookShape.extend({ secret: z.string() }),
          },
        },
      },
      body: z.object({
        // Which names there are is for the rules to say.
        event_type: textOf(1, 100),
        url: textOf(1, 2_000),
      }),
      handle({ caller, body, request }) {
        demandTarget(body.url, surface.dev);
        const secret = newWebhookSecret();
        return answerTo(
          surface,
          request,
          {
            type: "createWebhook",
            userId: caller.userId,
            subId: `whk_${ulid()}`,
            eventType: body.event_type,
            url: body.url,
            secret,
          },
          ({ webhook }) => json(201, { ...encodeWebhook(webhook), secret }),
        );
      },
    }),
    doors.owner({
      method: "GET",
      path: "/v1/dashboard/webhooks",
      doc: {
        operationId: "listWebhooks",
        summary: "All subscriptions",
        tag,
        answers: {
          200: {
            description: "Without their secrets",
            schema: z.object({ webhooks: z.array(WebhookShape) }),
          },
        },
      },
      handle: ({ caller, request }) =>
        answerTo(surface, request, { type: "listWebhooks", userId: caller.userId }, ({ webhooks }) =>
          json(200, { webhooks: webhooks.map(encodeWebhook) }),
        ),
    }),
    doors.owner({
      method: "GET",
      path: "/v1/dashboard/webhooks/events",
      doc: {
        operationId: "listWebhookEvents",
        summary: "The names that can be subscribed to",
        tag,
        answers: { 200: { description: "Names", schema: z.object({ events: z.array(z.string()) }) } },
      },
      handle: () => json(200, { events: webhookEventTypes }),
    }),
    doors.owner({
      method: "DELETE",
      path: "/v1/dashboard/webhooks/{sub_id}",
      doc: {
        operationId: "deleteWebhook",
        summary: "Ends a subscription",
        tag,
        answers: {
          200: { description: "Ended", schema: z.object({ sub_id: z.string(), deleted: z.boolean() }) },
        },
      },
      params: SubId,
      handle: ({ caller, params, request }) =>
        answerTo(
          surface,
          request,
          { type: "deleteWebhook", userId: caller.userId, subId: params.sub_id },
          ({ webhook }) => json(200, { sub_id: webhook.subId, deleted: true }),
        ),
    }),
    doors.owner({
      method: "GET",
      path: "/v1/dashboard/webhooks/{sub_id}/deliveries",
      doc: {
        operationId: "listDeliveries",
        summary: "What became of each delivery",
        tag,
        answers: {
          200: {
            description: "Deliveries",
            schema: z.object({ deliveries: z.array(z.record(z.string(), z.unknown())) }),
          },
        },
      },
      params: SubId,
      handle: ({ caller, params, request }) =>
        answerTo(
          surface,
          request,
          { type: "listDeliveries", userId: caller.userId, subId: params.sub_id },
          ({ deliveries }) => json(200, { deliveries: deliveries.map(encodeDelivery) }),
        ),
    }),
  ];
}

/** @throws {HttpProblem} 400 for a URL that no delivery would be made to */
function demandTarget(text: string, dev: boolean): void {
  if (!URL.canParse(text)) {
    throw invalidRequest("url is no URL", "url");
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    throw invalidRequest("url must not carry a user name or password", "url");
  }
  if (dev ? !/^https?:$/.test(url.protocol) : url.protocol !== "https:") {
    throw invalidRequest("url must begin with https://", "url");
  }
  if (!dev && !isPublicHost(url.hostname)) {
    throw invalidRequest("url must be on a public host", "url");
  }
}

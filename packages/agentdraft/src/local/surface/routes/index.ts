// All routes of the service, and their description for machines and for language models.
import { type HttpRoute, openApiRoute, text } from "@x/core/service";
import type { Surface } from "../context.ts";
import { ErrorBody } from "../errors.ts";
import { approvalRoutes } from "./approvals.ts";
import { auditRoutes } from "./audit.ts";
import { bookingRoutes } from "./bookings.ts";
import { counterRoutes } from "./counters.ts";
import { dashboardRoutes } from "./dashboard.ts";
import { devRoutes } from "./dev.ts";
import { identityRoutes } from "./identity.ts";
import { mailboxRoutes } from "./mailbox.ts";
import { ownerRoutes } from "./owner.ts";
import { ownerAgentRoutes } from "./owner-agents.ts";
import { signInRoutes } from "./sign-in.ts";
import { webhookRoutes } from "./webhooks.ts";

export function draftRoutes(surface: Surface, version: string): readonly HttpRoute[] {
  const routes = [
    ...identityRoutes(surface),
    ...bookingRoutes(surface),
    ...counterRoutes(surface),
    ...approvalRoutes(surface),
    ...mailboxRoutes(surface),
    ...auditRoutes(surface),
    ...signInRoutes(surface),
    ...ownerRoutes(surface),
    ...ownerAgentRoutes(surface),
    ...webhookRoutes(surface),
    ...(surface.dev ? devRoutes(surface) : []),
  ];
  return [
    ...routes,
    ...dashboardRoutes(surface),
    openApiRoute("/openapi.json", routes, {
      title: "AgentDraft",
      version,
      description: "Agents of one calendar book it without colliding. Unofficial, compatible.",
      securitySchemes: {
        agentKey: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "ad_session" },
      },
      errorSchema: ErrorBody,
    }),
    surface.doors.everyone({
      method: "GET",
      path: "/llms.txt",
      doc: { operationId: "llms", summary: "This service in a few lines", answers: {}, hidden: true },
      handle: () => text(200, "text/plain; charset=utf-8", aboutText(routes)),
    }),
  ];
}

function aboutText(routes: readonly HttpRoute[]): string {
  const lines = routes
    .filter(({ doc }) => doc.security === "agentKey")
    .map(({ method, path, doc }) => `- ${method} ${path}: ${doc.summary}`);
  return `# AgentDraft

Several agents share one calendar. POST /v1/bookings commits or holds a slot; the lower \`priority\` number wins, and the
loser gets 409 with the winner and free alternatives. Send \`Authorization: Bearer avs_live_...\`, times with an offset, and
an \`Idempotency-Key\` with everything that must happen once. The whole interface: /openapi.json

${lines.join("\n")}
`;
}

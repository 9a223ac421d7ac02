// Requests for a person's approval, and the state of consents.

import { sha256Hex } from "@x/core";
import { type Answer, type HttpRoute, invalidRequest, jsonText, ulid } from "@x/core/service";
import { z } from "zod";
import { servedPath } from "../../../wire/paths.ts";
import type { ServerSigner } from "../../engine/signing.ts";
import type { Asker, CommandOf, Page } from "../../rules/model/commands.ts";
import type { ApprovalStatus, ApprovalView } from "../../rules/model/views.ts";
import { answerTo, type Surface } from "../context.ts";
import { approvalText, consentText, listText } from "../encode.ts";
import { idempotencyHeader, idempotencyKey, replayedAs } from "../idempotency-header.ts";
import { membersOf } from "../raw-json.ts";
import { freeObject, type PageQuery, pageOf, pageQuery, textOf, token, visibleText } from "../shapes.ts";
import { Approval, Consent, page } from "./answer-shapes.ts";

const mostEvidenceBytes = 64 * 1024;

const audienceName = textOf(1, 500);

const RequestApproval = z.object({
  action_type: visibleText(128),
  summary: visibleText(2_000),
  evidence: freeObject.nullish(),
  ttl_seconds: z.int().min(1).max(604_800).nullish(),
  audience: z
    .union([audienceName, z.array(audienceName).min(1).max(8)], "expected a string or a list of up to 8")
    .nullish(),
});

interface ApprovalQuery extends PageQuery {
  readonly status?: ApprovalStatus | undefined;
}

/** The query of a list of approvals. */
export const ApprovalFilter: z.ZodType<ApprovalQuery> = z.object({
  status: z.enum(["pending", "approved", "denied", "expired"]).optional(),
  ...pageQuery,
});

export function approvalRoutes(surface: Surface): readonly HttpRoute[] {
  const { doors, signer } = surface;
  const tag = "approvals";
  return [
    doors.agent("approvals:request", {
      method: "POST",
      path: servedPath("approvals"),
      doc: {
        operationId: "requestApproval",
        summary: "Asks the calendar's owner to approve an action",
        tag,
        headers: idempotencyHeader,
        answers: { 201: { description: "The request", schema: Approval } },
      },
      body: RequestApproval,
      handle({ caller, request, body, bodyText }) {
        const evidence = body.evidence == null ? null : membersOf(bodyText)("evidence");
        if (evidence !== null && Buffer.byteLength(evidence.text) > mostEvidenceBytes) {
          throw invalidRequest(`evidence has more than ${mostEvidenceBytes} bytes`, "evidence");
        }
        const { audience } = body;
        return answerTo(
          surface,
          request,
          {
            type: "requestApproval",
            agentId: caller.agentId,
            approvalId: `apr_${ulid()}`,
            actionType: body.action_type,
            summary: body.summary,
            evidence: evidence?.text ?? null,
            evidenceSha256: sha256Hex(evidence?.canonical ?? "{}"),
            audience: audience == null ? [] : typeof audience === "string" ? [audience] : audience,
            audienceIsList: Array.isArray(audience),
            ttlSeconds: body.ttl_seconds ?? 3_600,
            idempotencyKey: idempotencyKey(request),
          },
          ({ approval, replayed: again, currentStatus }) =>
            jsonText(201, approvalText(approval, signer), again ? replayedAs(currentStatus) : undefined),
        );
      },
    }),
    doors.agent("approvals:request", {
      method: "GET",
      path: servedPath("approval"),
      doc: {
        operationId: "getApproval",
        summary: "An own request, with its resolution and receipt",
        tag,
        answers: { 200: { description: "The request", schema: Approval } },
      },
      params: z.object({ approval_id: token }),
      handle: ({ caller, params, request }) =>
        answerTo(
          surface,
          request,
          { type: "getApproval", agentId: caller.agentId, approvalId: params.approval_id },
          ({ approval }) => jsonText(200, approvalText(approval, signer)),
        ),
    }),
    doors.agent("approvals:request", {
      method: "GET",
      path: servedPath("approvals"),
      doc: {
        operationId: "listApprovals",
        summary: "The agent's own requests, newest first",
        tag,
        answers: { 200: { description: "One page", schema: page("approvals", Approval) } },
      },
      query: ApprovalFilter,
      handle: ({ caller, query, request }) =>
        answerTo(surface, request, listApprovals({ agentId: caller.agentId }, query), (found) =>
          approvalPage(found, signer),
        ),
    }),
    doors.agent("bookings:write", {
      method: "GET",
      path: servedPath("consent"),
      doc: {
        operationId: "getConsent",
        summary: "A commit that waits for the owner's consent, or did",
        tag,
        answers: { 200: { description: "The consent request", schema: Consent } },
      },
      params: z.object({ consent_request_id: token }),
      handle: ({ caller, params, request }) =>
        answerTo(
          surface,
          request,
          { type: "getConsent", agentId: caller.agentId, consentRequestId: params.consent_request_id },
          ({ consent }) => jsonText(200, consentText(consent, signer)),
        ),
    }),
  ];
}

/** The command of a list of approvals, whoever asks. */
export function listApprovals(asker: Asker, query: ApprovalQuery): CommandOf<"listApprovals"> {
  return { type: "listApprovals", asker, status: query.status ?? null, ...pageOf(query) };
}

export function approvalPage({ items, nextCursor }: Page<ApprovalView>, signer: ServerSigner): Answer {
  const texts = items.map((approval) => approvalText(approval, signer));
  return jsonText(200, listText("approvals", texts, { next_cursor: nextCursor }));
}

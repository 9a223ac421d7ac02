// What a calendar's owner sees and decides.
import { type HttpRoute, json, jsonText } from "@x/core/service";
import { z } from "zod";
import { answerTo, type Surface } from "../context.ts";
import {
  approvalText,
  consentText,
  encodeMessage,
  encodeRules,
  encodeSuppression,
  listText,
} from "../encode.ts";
import { RulesShape } from "../rules-shape.ts";
import { countOf, pageOf, pageQuery, textOf, token } from "../shapes.ts";
import { Approval, Booking, Consent, Message, page } from "./answer-shapes.ts";
import { ApprovalFilter, approvalPage, listApprovals } from "./approvals.ts";
import { BookingFilter, bookingPage, listCommand } from "./bookings.ts";
import { address } from "./mailbox.ts";

const Decision = z.object({
  decision: z.enum(["approved", "denied"], 'expected "approved" or "denied"'),
  note: textOf(0, 2_000).nullish(),
});

const ConsentFilter = z.object({
  status: z.enum(["pending", "approved", "denied", "expired", "superseded", "withdrawn"]).optional(),
  ...pageQuery,
});

const RulesAnswer = z.record(z.string(), z.unknown());
const SuppressionAnswer = z.record(z.string(), z.unknown());

export function ownerRoutes(surface: Surface): readonly HttpRoute[] {
  const { doors, signer } = surface;
  const tag = "dashboard";
  return [
    doors.owner({
      method: "GET",
      path: "/v1/dashboard/me",
      doc: {
        operationId: "describeOwner",
        summary: "Who is signed in",
        tag,
        answers: {
          200: {
            description: "The owner",
            schema: z.object({ user_id: z.string(), email: z.string(), workspace_id: z.string() }),
          },
        },
      },
      handle: ({ caller }) =>
        json(200, { user_id: caller.userId, email: caller.email, workspace_id: caller.workspaceId }),
    }),
    doors.owner({
      method: "GET",
      path: "/v1/dashboard/rules",
      doc: {
        operationId: "getRules",
        summary: "The rules of the calendar",
        tag,
        answers: { 200: { description: "The rules", schema: RulesAnswer } },
      },
      handle: ({ caller, request }) =>
        answerTo(surface, request, { type: "getRules", userId: caller.userId }, ({ rules }) =>
          json(200, encodeRules(rules)),
        ),
    }),
    doors.owner({
      method: "PUT",
      path: "/v1/dashboard/rules",
      doc: {
        operationId: "setRules",
        summary: "Replaces all rules; what is absent takes its default",
        tag,
        answers: { 200: { description: "The rules as stored", schema: RulesAnswer } },
      },
      body: RulesShape,
      handle: ({ caller, body, request }) =>
        answerTo(surface, request, { type: "setRules", userId: caller.userId, rules: body }, ({ rules }) =>
          json(200, encodeRules(rules)),
        ),
    }),
    doors.owner({
      method: "GET",
      path: "/v1/dashboard/bookings",
      doc: {
        operationId: "listCalendar",
        summary: "The bookings of the calendar, oldest first",
        tag,
        answers: { 200: { description: "One page", schema: page("bookings", Booking) } },
      },
      query: BookingFilter,
      handle: ({ caller, query, request }) =>
        answerTo(surface, request, listCommand({ userId: caller.userId }, query), bookingPage),
    }),
    doors.owner({
      method: "GET",
      path: "/v1/dashboard/approvals",
      doc: {
        operationId: "listAllApprovals",
        summary: "What agents ask to be approved, newest first",
        tag,
        answers: { 200: { description: "One page", schema: page("approvals", Approval) } },
      },
      query: ApprovalFilter,
      handle: ({ caller, query, request }) =>
        answerTo(surface, request, listApprovals({ userId: caller.userId }, query), (found) =>
          approvalPage(found, signer),
        ),
    }),
    doors.owner({
      method: "POST",
      path: "/v1/dashboard/approvals/{approval_id}/resolve",
      doc: {
        operationId: "resolveApproval",
        summary: "Approves or denies a request, once",
        tag,
        answers: { 200: { description: "The resolved request", schema: Approval } },
      },
      params: z.object({ approval_id: token }),
      body: Decision,
      handle: ({ caller, params, body, request }) =>
        answerTo(
          surface,
          request,
          {
            type: "resolveApproval",
            userId: caller.userId,
            approvalId: params.approval_id,
            decision: body.decision,
            note: body.note ?? null,
          },
          ({ approval }) => jsonText(200, approvalText(approval, signer)),
        ),
    }),
    doors.owner({
      method: "GET",
      path: "/v1/dashboard/consents",
      doc: {
        operationId: "listConsents",
        summary: "Commits that wait for consent, and those that did; newest first",
        tag,
        answers: { 200: { description: "One page", schema: page("consents", Consent) } },
      },
      query: ConsentFilter,
      handle: ({ caller, query, request }) =>
        answerTo(
          surface,
          request,
          { type: "listConsents", userId: caller.userId, status: query.status ?? null, ...pageOf(query) },
          ({ items, nextCursor }) => {
            const texts = items.map((consent) => consentText(consent, signer));
            return jsonText(200, listText("consents", texts, { next_cursor: nextCursor }));
          },
        ),
    }),
    doors.owner({
      method: "POST",
      path: "/v1/dashboard/consents/{consent_request_id}/resolve",
      doc: {
        operationId: "resolveConsent",
        summary: "Lets a parked commit happen, or not",
        tag,
        answers: { 200: { description: "The resolved request", schema: Consent } },
      },
      params: z.object({ consent_request_id: token }),
      body: Decision,
      handle: ({ caller, params, body, request }) =>
        answerTo(
          surface,
          request,
          {
            type: "resolveConsent",
            userId: caller.userId,
            consentRequestId: params.consent_request_id,
            decision: body.decision,
            note: body.note ?? null,
          },
          ({ consent }) => jsonText(200, consentText(consent, signer)),
        ),
    }),
    doors.owner({
      method: "GET",
      path: "/v1/dashboard/mail",
      doc: {
        operationId: "listMail",
        summary: "The newest mail of all agents",
        tag,
        answers: { 200: { description: "Messages", schema: z.object({ messages: z.array(Message) }) } },
      },
      query: z.object({ limit: countOf(1, 100, 50) }),
      handle: ({ caller, query, request }) =>
        answerTo(
          surface,
          request,
          { type: "listMail", userId: caller.userId, limit: query.limit },
          ({ messages }) =>
            json(200, {
              messages: messages.map((message) => ({
                ...encodeMessage(message),
                agent_id: message.agentId,
              })),
            }),
        ),
    }),
    doors.owner({
      method: "GET",
      path: "/v1/dashboard/suppressions",
      doc: {
        operationId: "listSuppressions",
        summary: "Addresses that agents may not write to",
        tag,
        answers: {
          200: { description: "All of them", schema: z.object({ suppressions: z.array(SuppressionAnswer) }) },
        },
      },
      handle: ({ caller, request }) =>
        answerTo(surface, request, { type: "listSuppressions", userId: caller.userId }, ({ suppressions }) =>
          json(200, { suppressions: suppressions.map(encodeSuppression) }),
        ),
    }),
    doors.owner({
      method: "POST",
      path: "/v1/dashboard/suppressions",
      doc: {
        operationId: "addSuppression",
        summary: "Forbids mail to an address",
        tag,
        answers: { 201: { description: "The suppression", schema: SuppressionAnswer } },
      },
      body: z.object({ address, reason: textOf(0, 500).nullish() }),
      handle: ({ caller, body, request }) =>
        answerTo(
          surface,
          request,
          {
            type: "addSuppression",
            userId: caller.userId,
            address: body.address,
            reason: body.reason ?? null,
          },
          ({ suppression }) => json(201, encodeSuppression(suppression)),
        ),
    }),
    doors.owner({
      method: "DELETE",
      path: "/v1/dashboard/suppressions/{address}",
      doc: {
        operationId: "removeSuppression",
        summary: "Allows mail to an address again",
        tag,
        answers: { 200: { description: "The address as it is now", schema: SuppressionAnswer } },
      },
      params: z.object({ address: textOf(1, 320) }),
      handle: ({ caller, params, request }) =>
        answerTo(
          surface,
          request,
          { type: "removeSuppression", userId: caller.userId, address: params.address },
          ({ suppression }) => json(200, encodeSuppression(suppression)),
        ),
    }),
  ];
}

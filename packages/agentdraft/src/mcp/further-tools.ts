// Tools that the official MCP server lacks: the audit trail, approvals by a person, mail.
import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { AgentDraft } from "../client/client.ts";
import { verifyChain } from "../verify/verify-chain.ts";
import { answerOrRefusal } from "./results.ts";

const eventsAtOnce = 100;

export function registerAuditTools(server: McpServer, client: AgentDraft): void {
  server.registerTool(
    "list_audit",
    {
      description:
        "Lists audit events of this calendar, oldest first: who booked, held, lost or was refused what, and why.",
      inputSchema: z.object({
        resource: z.string().nullish().describe("Only events about this booking, approval or agent"),
        after: z.number().int().min(0).default(0).describe("Only events with a higher seq"),
        limit: z.number().int().min(1).max(1_000).default(eventsAtOnce),
      }),
      annotations: { readOnlyHint: true },
    },
    ({ resource, after, limit }) =>
      answerOrRefusal(async () => {
        const page = await client.audit.list({ after, limit, ...(resource ? { resource } : {}) });
        return { events: page.events, next_after: page.nextAfter };
      }),
  );

  server.registerTool(
    "verify_audit",
    {
      description:
        "Reads the whole audit trail and checks every hash and the signed head: says whether anything was changed, removed or put in another order.",
      inputSchema: z.object({}),
      annotations: { readOnlyHint: true },
    },
    () =>
      answerOrRefusal(async () => {
        const expectHead = await client.audit.head();
        const events = [];
        for await (const event of client.audit.export()) {
          if (event.seq > expectHead.seq) {
            break;
          }
          events.push(event);
        }
        const verdict = verifyChain(events, { expectHead });
        return {
          ok: verdict.ok,
          checked: verdict.checked,
          first_bad_seq: verdict.ok ? null : verdict.firstBadSeq,
          problem: verdict.ok ? null : verdict.problem,
          head: { seq: expectHead.seq, hash: expectHead.hash },
        };
      }),
  );
}

export function registerApprovalTools(server: McpServer, client: AgentDraft): void {
  server.registerTool(
    "request_approval",
    {
      description:
        "Asks the calendar's owner to allow an action before it is done. The answer comes from a person: wait for it with wait_approval.",
      inputSchema: z.object({
        action_type: z.string().describe("What kind of action, such as deploy.production"),
        summary: z.string().describe("What the owner reads before deciding"),
        evidence: z.record(z.string(), z.unknown()).nullish().describe("Facts the decision is bound to"),
        ttl_seconds: z.number().int().nullish(),
        idempotency_key: z.string().nullish(),
      }),
      annotations: { readOnlyHint: false, destructiveHint: false },
    },
    ({ action_type, summary, evidence, ttl_seconds, idempotency_key }) =>
      answerOrRefusal(async () => {
        const approval = await client.approvals.request(action_type, summary, {
          ...(evidence ? { evidence } : {}),
          ...(ttl_seconds ? { ttlSeconds: ttl_seconds } : {}),
          ...(idempotency_key ? { idempotencyKey: idempotency_key } : {}),
        });
        return {
          approval_id: approval.approvalId,
          status: approval.status,
          expires_at: approval.expiresAt?.toISOString() ?? null,
          evidence_sha256: approval.evidenceSha256,
        };
      }),
  );

  server.registerTool(
    "wait_approval",
    {
      description:
        "Waits for the owner's decision. Anything but approved means: do not act. A timeout means that nobody has decided yet.",
      inputSchema: z.object({
        approval_id: z.string(),
        timeout_seconds: z.number().positive().max(3_600).default(60),
      }),
      annotations: { readOnlyHint: true },
    },
    ({ approval_id, timeout_seconds }, { mcpReq }) =>
      answerOrRefusal(async () => {
        const approval = await client.approvals.wait(approval_id, {
          waitTimeoutMs: timeout_seconds * 1_000,
          signal: mcpReq.signal,
        });
        return {
          approval_id: approval.approvalId,
          status: approval.status,
          note: approval.resolution?.note ?? null,
          receipt: approval.receipt,
        };
      }),
  );
}

export function registerMailTools(server: McpServer, client: AgentDraft): void {
  server.registerTool(
    "list_messages",
    {
      description: "Lists this agent's mail, newest first.",
      inputSchema: z.object({
        limit: z.number().int().min(1).max(100).default(25),
        cursor: z.string().nullish(),
        direction: z.enum(["inbound", "outbound"]).nullish(),
      }),
      annotations: { readOnlyHint: true },
    },
    ({ limit, cursor, direction }) =>
      answerOrRefusal(async () => {
        const page = await client.mailbox.listMessages({
          limit,
          ...(cursor ? { cursor } : {}),
          ...(direction ? { direction } : {}),
        });
        return { messages: page.items.map(({ raw }) => raw), next_cursor: page.nextCursor };
      }),
  );

  server.registerTool(
    "send_message",
    {
      description: "Sends a mail from this agent's own address.",
      inputSchema: z.object({
        to: z.string(),
        subject: z.string(),
        body_text: z.string(),
        booking_id: z.string().nullish(),
        in_reply_to: z.string().nullish(),
      }),
      annotations: { readOnlyHint: false, destructiveHint: false },
    },
    ({ to, subject, body_text, booking_id, in_reply_to }) =>
      answerOrRefusal(async () => {
        const message = await client.mailbox.send({
          to,
          subject,
          bodyText: body_text,
          ...(booking_id ? { bookingId: booking_id } : {}),
          ...(in_reply_to ? { inReplyTo: in_reply_to } : {}),
        });
        return { message_id: message.messageId, thread_id: message.threadId, status: message.status };
      }),
  );
}

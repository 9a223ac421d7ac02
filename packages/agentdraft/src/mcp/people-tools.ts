// Tools that the official MCP server lacks: approvals by a person, and mail.
import { defineTool, listAnswer, type Tool } from "@x/core/mcp";
import { z } from "zod";
import type { AgentDraft } from "../client/client.ts";
import { ApprovalTimeout } from "../errors.ts";

export function approvalTools(client: AgentDraft): readonly Tool[] {
  return [
    defineTool({
      name: "request_approval",
      description:
        "Asks the calendar's owner to allow an action before it is done. The answer comes from a person: wait for it with wait_approval.",
      input: {
        action_type: z.string().describe("What kind of action, such as deploy.production"),
        summary: z.string().describe("What the owner reads before deciding"),
        evidence: z.record(z.string(), z.unknown()).nullish().describe("Facts the decision is bound to"),
        ttl_seconds: z.number().int().nullish().describe("How long the owner has to decide"),
        idempotency_key: z
          .string()
          .nullish()
          .describe("A repeat with the same key answers the first request"),
      },
      hints: { readOnlyHint: false },
      async run({ action_type, summary, evidence, ttl_seconds, idempotency_key }, { signal }) {
        const approval = await client.approvals.request(action_type, summary, {
          signal,
          ...(evidence ? { evidence } : {}),
          ...(ttl_seconds ? { ttlSeconds: ttl_seconds } : {}),
          ...(idempotency_key ? { idempotencyKey: idempotency_key } : {}),
        });
        return {
          approval_id: approval.approvalId,
          status: approval.status,
          expires_at: approval.expiresAt,
          evidence_sha256: approval.evidenceSha256,
        };
      },
    }),

    defineTool({
      name: "wait_approval",
      description:
        "Waits for the owner's decision. Anything but approved means: do not act. Status pending means that nobody has decided in this time; wait again.",
      input: {
        approval_id: z.string(),
        timeout_seconds: z.number().positive().max(3_600).default(60),
      },
      hints: { readOnlyHint: true },
      async run({ approval_id, timeout_seconds }, { signal, progress }) {
        progress("waiting for the owner's decision", timeout_seconds);
        try {
          const waitTimeoutMs = timeout_seconds * 1_000;
          const approval = await client.approvals.wait(approval_id, { waitTimeoutMs, signal });
          return {
            approval_id: approval.approvalId,
            status: approval.status,
            note: approval.resolution?.note ?? null,
            receipt: approval.receipt,
          };
        } catch (error) {
          if (error instanceof ApprovalTimeout) {
            return { approval_id, status: "pending", note: null, receipt: null };
          }
          throw error;
        }
      },
    }),
  ];
}

/** A cursor of ours goes on within a page of the service: how many of its messages were shown, and the page's own cursor. */
const readCursor = (cursor: string): { readonly shown: number; readonly page: string } => {
  const [, shown = "0", page = cursor] = /^(\d{1,6})~(.*)$/s.exec(cursor) ?? [];
  return { shown: Number(shown), page };
};

export function mailTools(client: AgentDraft): readonly Tool[] {
  return [
    defineTool({
      name: "list_messages",
      description:
        "Lists this agent's mail, newest first. Go on with cursor=next_cursor while that is not null.",
      input: {
        limit: z
          .number()
          .int()
          .min(1)
          .max(100)
          .default(25)
          .describe("Messages at most; fewer if they are long"),
        cursor: z.string().nullish().describe("The next_cursor of the part before"),
        direction: z.enum(["inbound", "outbound"]).nullish(),
      },
      hints: { readOnlyHint: true },
      async run({ limit, cursor, direction }, { signal }) {
        const { shown, page } = readCursor(cursor ?? "");
        const { items, nextCursor } = await client.mailbox.listMessages({
          limit,
          signal,
          ...(page === "" ? {} : { cursor: page }),
          ...(direction ? { direction } : {}),
        });
        return listAnswer({
          name: "messages",
          items: items.slice(shown).map(({ raw }) => raw),
          cursorAfter: (index) => `${shown + index + 1}~${page}`,
          next: nextCursor === null ? null : `0~${nextCursor}`,
        });
      },
    }),

    defineTool({
      name: "send_message",
      description: "Sends a mail from this agent's own address.",
      input: {
        to: z.string().describe("The address of the recipient"),
        subject: z.string(),
        body_text: z.string(),
        booking_id: z.string().nullish().describe("The booking that the mail is about"),
        in_reply_to: z.string().nullish().describe("The message that it answers"),
      },
      hints: { readOnlyHint: false },
      async run({ to, subject, body_text, booking_id, in_reply_to }, { signal }) {
        const message = await client.mailbox.send({
          to,
          subject,
          bodyText: body_text,
          signal,
          ...(booking_id ? { bookingId: booking_id } : {}),
          ...(in_reply_to ? { inReplyTo: in_reply_to } : {}),
        });
        return { message_id: message.messageId, thread_id: message.threadId, status: message.status };
      },
    }),
  ];
}

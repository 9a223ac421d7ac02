// Tools that the official MCP server lacks: read the audit trail, and check it.
import { defineTool, listAnswer, type Tool } from "@x/core/mcp";
import { z } from "zod";
import type { AgentDraft } from "../client/client.ts";
import { verifyChain } from "../verify/verify-chain.ts";

const eventsAtOnce = 100;

export function auditTools(client: AgentDraft): readonly Tool[] {
  return [
    defineTool({
      name: "list_audit",
      description:
        "Lists audit events of this calendar, oldest first: who booked, held, lost or was refused what, and why. Go on with after=next_after while that is a number.",
      input: {
        resource: z.string().nullish().describe("Only events about this booking, approval or agent"),
        after: z.number().int().min(0).default(0).describe("Only events with a higher seq"),
        limit: z
          .number()
          .int()
          .min(1)
          .max(1_000)
          .default(eventsAtOnce)
          .describe("Events at most; fewer if they are long"),
      },
      hints: { readOnlyHint: true },
      async run({ resource, after, limit }, { signal }) {
        const { events, nextAfter } = await client.audit.list({
          after,
          limit,
          signal,
          ...(resource ? { resource } : {}),
        });
        return listAnswer({
          name: "events",
          items: events,
          cursorAfter: (index) => events[index]?.seq ?? after,
          next: nextAfter,
          argument: "after",
          member: "next_after",
        });
      },
    }),

    defineTool({
      name: "verify_audit",
      description:
        "Reads the whole audit trail and checks every hash and the signed head: says whether anything was changed, removed or put in another order.",
      input: {},
      hints: { readOnlyHint: true },
      async run(_, { signal, progress }) {
        const expectHead = await client.audit.head({ signal });
        const events = [];
        for await (const event of client.audit.export({ signal })) {
          if (event.seq > expectHead.seq) {
            break;
          }
          events.push(event);
          if (events.length % 1_000 === 0) {
            progress(`read ${events.length} of ${expectHead.seq} events`);
          }
        }
        const verdict = verifyChain(events, { expectHead });
        return {
          ok: verdict.ok,
          checked: verdict.checked,
          first_bad_seq: verdict.ok ? null : verdict.firstBadSeq,
          problem: verdict.ok ? null : verdict.problem,
          head: { seq: expectHead.seq, hash: expectHead.hash },
        };
      },
    }),
  ];
}

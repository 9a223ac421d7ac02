// Tools that only look: who is there, who leads, what is allowed.
import { defineTool, listAnswer, type Tool } from "@x/core/mcp";
import { z } from "zod";
import type { AgentKeeperClient } from "../client/client.ts";
import { agentFields, electionFields } from "./encode.ts";

/** A daemon ranks no more agents than these. */
const mostFound = 1_000;

export function lookTools(client: AgentKeeperClient): readonly Tool[] {
  return [
    defineTool({
      name: "find_agents",
      description:
        "Lists live agents, the best match first: what each is called, can do and when it was last heard of. The ranking is by words of name, description and tools, not by meaning; agents without a common word come last.",
      input: {
        query: z.string().max(8_192).default("").describe("Words to rank by; empty for no ranking"),
        tools: z.array(z.string()).default([]).describe("Only agents that have all of these tools"),
        limit: z.number().int().min(1).max(100).default(10),
        cursor: z
          .number()
          .int()
          .min(0)
          .max(mostFound)
          .default(0)
          .describe("The next_cursor of the answer before"),
      },
      hints: { readOnlyHint: true },
      async run({ query, tools, limit, cursor }, { signal }) {
        const most = Math.min(cursor + limit + 1, mostFound);
        const agents = (await client.find({ query, tools, limit: most, signal })).slice(cursor);
        return listAnswer({
          name: "agents",
          items: agents.slice(0, limit).map(agentFields),
          cursorAfter: (index) => cursor + index + 1,
          next: agents.length > limit ? cursor + limit : null,
        });
      },
    }),

    defineTool({
      name: "get_election",
      description:
        "Tells who leads a group, since when and under which term (it grows with each change), and who would follow. leader_agent_id is null while nobody leads.",
      input: { group: z.string().min(1).describe("The name of the group") },
      hints: { readOnlyHint: true },
      run: async ({ group }, { signal }) => electionFields(await client.getElection(group, { signal })),
    }),

    defineTool({
      name: "check_policy",
      description:
        "Tells whether a subject may do an action on a resource, and which rule says so. Nobody enforces the answer: when it is false, do not act.",
      input: {
        subject: z.string().min(1).describe("Who, such as an agent's name"),
        action: z.string().min(1).describe("What, such as write"),
        resource: z.string().min(1).describe("On what, such as db/orders"),
      },
      hints: { readOnlyHint: true },
      async run(check, { signal }) {
        const { allowed, reason } = await client.checkPolicy(check, { signal });
        return { allowed, reason };
      },
    }),
  ];
}

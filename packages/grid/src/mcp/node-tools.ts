// Tools about agents: who there is, who one is, and what others see of it.
import { defineTool, type Tool } from "@x/core/mcp";
import { z } from "zod";
import type { GridClient } from "../client/client.ts";

export function nodeTools(client: GridClient): readonly Tool[] {
  return [
    defineTool({
      name: "search_agents",
      description: "Finds agents by words of what they can do. The best match comes first.",
      input: {
        query: z.string().min(1).describe("Words of the skill that is wanted"),
        limit: z.number().int().min(1).max(100).default(10),
        online: z.boolean().default(false).describe("Only agents that are there now"),
      },
      hints: { readOnlyHint: true },
      async run({ query, limit, online }, { signal }) {
        const filters = online ? { filters: { onlineOnly: true } } : {};
        const agents = await client.search(query, { limit, signal, ...filters });
        return {
          agents: agents.map(({ nodeId, name, description, skills, isOnline, status, score }) => ({
            node: nodeId,
            name,
            description,
            skills: skills.map((skill) => skill.name),
            online: isOnline,
            status,
            score,
          })),
        };
      },
    }),

    defineTool({
      name: "my_status",
      description: "Says who this agent is, whether a human has claimed it, and its availability.",
      input: {},
      hints: { readOnlyHint: true },
      async run(_, { signal }) {
        const { nodeId, name, isClaimed, isAutonomous, status, statusMessage, grids } = await client.status({
          signal,
        });
        return {
          node: nodeId,
          name,
          claimed: isClaimed,
          autonomous: isAutonomous,
          status,
          message: statusMessage,
          grids: grids.map((grid) => grid.name),
        };
      },
    }),

    defineTool({
      name: "set_status",
      description: "Says whether this agent takes new tasks. With do_not_disturb new ones are refused.",
      input: {
        status: z.enum(["available", "busy", "do_not_disturb"]),
        message: z.string().max(200).nullish().describe("What others read beside it"),
      },
      hints: { readOnlyHint: false, idempotentHint: true },
      async run({ status, message }, { signal }) {
        const more = message ? { statusMessage: message } : {};
        const node = await client.setStatus({ status, signal, ...more });
        return { status: node.status, message: node.statusMessage };
      },
    }),

    defineTool({
      name: "make_claim_code",
      description: "Makes a code by which a human claims this agent. Show it to your human; it is good once.",
      input: {},
      hints: { readOnlyHint: false },
      async run(_, { signal }) {
        const { code, expiresAt } = await client.generateClaimCode({ signal });
        return { code, expires: expiresAt };
      },
    }),
  ];
}

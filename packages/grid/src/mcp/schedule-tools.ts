// Tools about schedules: messages to oneself at a later time, which come as tasks.
import { defineTool, type Tool } from "@x/core/mcp";
import { z } from "zod";
import type { GridClient } from "../client/client.ts";
import type { GridSchedule } from "../types.ts";

const brief = ({
  id,
  messageText,
  schedule,
  cronExprs,
  timezone,
  status,
  nextFireAt,
  fireCount,
}: GridSchedule) => ({
  id,
  text: messageText,
  when: schedule ?? cronExprs ?? null,
  timezone,
  status,
  next: nextFireAt,
  fired: fireCount,
});

export function scheduleTools(client: GridClient): readonly Tool[] {
  return [
    defineTool({
      name: "create_schedule",
      description:
        'Sends a text to yourself later, once or again and again. when is in words, such as "every weekday at 9am", "every 30 minutes", "tomorrow at 3pm", "in 10 minutes".',
      input: {
        text: z.string().min(1).max(10_000),
        when: z.string().min(1),
        timezone: z.string().nullish().describe("An IANA time zone; UTC without it"),
        times: z.number().int().min(1).nullish().describe("After so many it is over"),
      },
      hints: { readOnlyHint: false },
      run: async ({ text, when, timezone, times }, { signal }) =>
        brief(
          await client.createSchedule({
            messageText: text,
            schedule: when,
            signal,
            ...(timezone ? { timezone } : {}),
            ...(times ? { maxFires: times } : {}),
          }),
        ),
    }),

    defineTool({
      name: "list_schedules",
      description: "Lists this agent's schedules.",
      input: {},
      hints: { readOnlyHint: true },
      run: async (_, { signal }) => ({ schedules: (await client.listSchedules({ signal })).map(brief) }),
    }),

    defineTool({
      name: "delete_schedule",
      description: "Ends a schedule for ever.",
      input: { id: z.string().min(1) },
      hints: { readOnlyHint: false, destructiveHint: true },
      async run({ id }, { signal }) {
        await client.deleteSchedule(id, { signal });
        return { deleted: id };
      },
    }),
  ];
}

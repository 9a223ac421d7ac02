// The owner's rules as they are sent: absent members take their defaults, a zone must be one that exists.
import { z } from "zod";
import { noRules, type RulesView } from "../rules/model/views.ts";
import { zoneProblem } from "../rules/time/zone.ts";
import { instant } from "./shapes.ts";

const clockTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, "expected HH:MM");

const weekly = z
  .object({
    days: z.array(z.int().min(1).max(7)).min(1).max(7),
    start: clockTime,
    end: clockTime,
  })
  .refine(({ start, end }) => end > start, { message: "end must be after start", path: ["end"] });

const dated = z
  .object({ start: instant, end: instant })
  .refine(({ start, end }) => end > start, { message: "end must be after start", path: ["end"] });

const seconds = (max: number): z.ZodType<number | null | undefined> => z.int().min(0).max(max).nullish();

const zone = z
  .string()
  .max(100)
  .superRefine((name, context) => {
    const problem = zoneProblem(name);
    if (problem !== undefined) {
      context.addIssue({ code: "custom", message: problem });
    }
  });

const SentRules = z.object({
  timezone: zone.nullish(),
  business_hours: z.array(weekly).max(100).nullish(),
  focus_blocks: z
    .array(z.union([weekly, dated], "expected days, start and end, or a start and an end with dates"))
    .max(100)
    .nullish(),
  daily_cap: z.int().min(0).max(1_000).nullish(),
  max_duration_min: z.int().min(1).max(480).nullish(),
  buffer_before_min: z.int().min(0).max(240).nullish(),
  buffer_after_min: z.int().min(0).max(240).nullish(),
  hold_ttl_seconds: z.int().min(1).max(900).nullish(),
  bump_window_seconds: seconds(86_400),
  consent_actions: z.array(z.literal("booking.commit")).max(1).nullish(),
});

/** The body of `PUT /v1/dashboard/rules`. */
export const RulesShape: z.ZodType<RulesView> = SentRules.transform(readRules);

function readRules(sent: z.infer<typeof SentRules>): RulesView {
  return {
    timezone: sent.timezone ?? noRules.timezone,
    businessHours: sent.business_hours ?? [],
    focusBlocks: (sent.focus_blocks ?? []).map((block) =>
      "days" in block ? block : { startMs: block.start, endMs: block.end },
    ),
    dailyCap: sent.daily_cap ?? null,
    maxDurationMin: sent.max_duration_min ?? null,
    bufferBeforeMin: sent.buffer_before_min ?? 0,
    bufferAfterMin: sent.buffer_after_min ?? 0,
    holdTtlSeconds: sent.hold_ttl_seconds ?? null,
    bumpWindowSeconds: sent.bump_window_seconds ?? null,
    consentActions: sent.consent_actions ?? [],
  };
}

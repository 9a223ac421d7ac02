// The bounds of every field, and the checks that refuse what is empty, too long or out of range.

import { type Refusal, refuse } from "./refusal.ts";
import type { CardView } from "./views.ts";

/** Sizes in bytes of UTF-8 unless the name says otherwise. */
export const limits = {
  cardName: 256,
  cardDescription: 8_192,
  cardVersion: 128,
  cardToolsCount: 256,
  cardTool: 256,
  cardCapabilitiesCount: 256,
  cardCapabilityName: 256,
  cardCapabilityDescription: 8_192,
  cardMetadataCount: 64,
  cardMetadataKey: 128,
  cardMetadataValue: 4_096,
  taskId: 1_024,
  group: 1_024,
  agentId: 1_024,
  policyField: 1_024,
  taskType: 256,
  taskInput: 1_048_576,
  taskOutput: 1_048_576,
  taskMaxRetries: 1_000,
  taskMaxLost: 1_000,
  taskToolsCount: 256,
  failureReason: 8_192,
  topicsCount: 64,
  topic: 256,
  findQuery: 8_192,
  requestId: 64,
  idempotencyKey: 256,
  lockDelayMs: 60_000,
  pageSize: 1_000,
  pageSizeDefault: 100,
  batchChecks: 1_000,
  statuses: 16,
  taskTypesCount: 64,
  findLimit: 1_000,
  findLimitDefault: 10,
  agentTtlSeconds: 86_400,
  agentTtlSecondsDefault: 30,
  leaseTtlSeconds: 604_800,
  leaseTtlSecondsDefault: 60,
} as const;

function isLongerThan(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}

const tooLong = (field: string, bytes: number): Refusal =>
  refuse("FIELD_TOO_LONG", `${field} is longer than ${bytes} bytes`, { field, limit: String(bytes) });

/** Refuses a text that must not be empty, and one that is too long. */
export function checkText(field: string, text: string, bytes: number): Refusal | undefined {
  if (text === "") {
    return refuse("FIELD_EMPTY", `${field} must not be empty`, { field });
  }
  return isLongerThan(text, bytes) ? tooLong(field, bytes) : undefined;
}

/** Refuses a text that is too long; it may be empty. */
export function checkLength(field: string, text: string | Uint8Array, bytes: number): Refusal | undefined {
  const over = typeof text === "string" ? isLongerThan(text, bytes) : text.length > bytes;
  return over ? tooLong(field, bytes) : undefined;
}

/** Refuses a list with too many items, or with an item that is empty or too long. */
export function checkTexts(
  field: string,
  texts: readonly string[],
  bounds: { readonly count: number; readonly bytes: number },
): Refusal | undefined {
  return (
    checkCount(field, texts.length, bounds.count) ??
    firstRefusal(...texts.map((text) => checkText(field, text, bounds.bytes)))
  );
}

function checkCount(field: string, count: number, most: number): Refusal | undefined {
  if (count <= most) {
    return undefined;
  }
  return refuse("FIELD_TOO_LONG", `${field} has more than ${most} entries`, { field, limit: String(most) });
}

/** Refuses a time to live above its bound; 0 stands for the default and is never refused. */
export function checkTtl(ttlSeconds: number, most: number): Refusal | undefined {
  if (ttlSeconds <= most) {
    return undefined;
  }
  return refuse("TTL_OUT_OF_RANGE", `ttl_seconds must be 1 to ${most}, or 0 for the default`, {
    field: "ttl_seconds",
    limit: String(most),
  });
}

/** Refuses a wait that would have to end before it begins. */
export function checkWait(waitMs: number | undefined): Refusal | undefined {
  return waitMs === undefined || waitMs >= 0
    ? undefined
    : refuse("TTL_OUT_OF_RANGE", "wait must not be negative", { field: "wait" });
}

/** The first refusal among checks that have been made, in their order. */
export function firstRefusal(...checks: readonly (Refusal | undefined)[]): Refusal | undefined {
  return checks.find((check) => check !== undefined);
}

/** Refuses a card that breaks a bound. The counts come first: what they let pass is few enough to look at. */
export function checkCard(card: CardView): Refusal | undefined {
  const metadata = Object.entries(card.metadata);
  const refusal = firstRefusal(
    checkText("card.name", card.name, limits.cardName),
    checkLength("card.description", card.description, limits.cardDescription),
    checkLength("card.version", card.version, limits.cardVersion),
    checkTexts("card.tools", card.tools, { count: limits.cardToolsCount, bytes: limits.cardTool }),
    checkCount("card.capabilities", card.capabilities.length, limits.cardCapabilitiesCount),
    checkCount("card.metadata", metadata.length, limits.cardMetadataCount),
  );
  return (
    refusal ??
    firstRefusal(
      ...card.capabilities.flatMap(({ name, description }) => [
        checkLength("card.capabilities", name, limits.cardCapabilityName),
        checkLength("card.capabilities", description, limits.cardCapabilityDescription),
      ]),
      ...metadata.flatMap(([key, value]) => [
        checkLength("card.metadata", key, limits.cardMetadataKey),
        checkLength("card.metadata", value, limits.cardMetadataValue),
      ]),
    )
  );
}

/** Refuses a search that breaks a bound. */
export function checkSearch(query: string, tools: readonly string[], limit: number): Refusal | undefined {
  return firstRefusal(
    checkLength("query", query, limits.findQuery),
    checkTexts("tools", tools, { count: limits.cardToolsCount, bytes: limits.cardTool }),
    limit > limits.findLimit
      ? refuse("LIMIT_OUT_OF_RANGE", `limit must be at most ${limits.findLimit}, or 0 for the default`, {
          field: "limit",
          limit: String(limits.findLimit),
        })
      : undefined,
  );
}

// The bounds of every field, and the checks that refuse what is empty, too long or out of range.

import type { CardView } from "../wire/views.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** Sizes in bytes of UTF-8 unless the name says otherwise. */
export const limits = {
  cardName: 256,
  cardDescription: 8 * 1024,
  cardVersion: 128,
  cardToolsCount: 256,
  cardTool: 256,
  cardCapabilitiesCount: 256,
  cardCapabilityName: 256,
  cardCapabilityDescription: 8 * 1024,
  cardMetadataCount: 64,
  cardMetadataKey: 128,
  cardMetadataValue: 4 * 1024,
  taskId: 1_024,
  group: 1_024,
  agentId: 1_024,
  policyField: 1_024,
  taskType: 256,
  taskInput: 1_048_576,
  taskOutput: 1_048_576,
  taskMaxRetries: 1_000,
  taskToolsCount: 256,
  failureReason: 8 * 1024,
  topicsCount: 64,
  topic: 256,
  findQuery: 8 * 1024,
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
  if (texts.length > bounds.count) {
    return refuse("FIELD_TOO_LONG", `${field} has more than ${bounds.count} entries`, {
      field,
      limit: String(bounds.count),
    });
  }
  for (const text of texts) {
    const refusal = checkText(field, text, bounds.bytes);
    if (refusal !== undefined) {
      return refusal;
    }
  }
  return undefined;
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

/** The first refusal among checks that have been made, in their order. */
export function firstRefusal(...checks: readonly (Refusal | undefined)[]): Refusal | undefined {
  return checks.find((check) => check !== undefined);
}

/** Refuses a card that breaks a bound. */
export function checkCard(card: CardView): Refusal | undefined {
  const keys = Object.keys(card.metadata);
  return firstRefusal(
    checkText("card.name", card.name, limits.cardName),
    checkLength("card.description", card.description, limits.cardDescription),
    checkLength("card.version", card.version, limits.cardVersion),
    checkTexts("card.tools", card.tools, { count: limits.cardToolsCount, bytes: limits.cardTool }),
    checkTexts(
      "card.capabilities",
      card.capabilities.map((capability) => capability.name),
      { count: limits.cardCapabilitiesCount, bytes: limits.cardCapabilityName },
    ),
    ...card.capabilities.map((capability) =>
      checkLength("card.capabilities", capability.description, limits.cardCapabilityDescription),
    ),
    checkTexts("card.metadata", keys, { count: limits.cardMetadataCount, bytes: limits.cardMetadataKey }),
    ...keys.map((key) => checkLength("card.metadata", card.metadata[key] ?? "", limits.cardMetadataValue)),
  );
}

// UUIDs as Python reads them, and what stands for ids that are none.

import { uuid5 } from "@x/core/base";
import { hyphenated } from "./identity.ts";

/**
 * The UUID in a text, in lower case with hyphens, or `undefined`. As Python's `uuid.UUID` reads it: in either case, in braces, after
 * `urn:uuid:`, and with hyphens anywhere or nowhere.
 */
export function parseUuid(text: string): string | undefined {
  // Nearly every one is written so already.
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)) {
    return text;
  }
  const bare = text
    .replace("urn:", "")
    .replace("uuid:", "")
    .replace(/^[{}]+|[{}]+$/g, "")
    .replaceAll("-", "");
  return /^[0-9a-fA-F]{32}$/.test(bare) ? hyphenated(bare.toLowerCase()) : undefined;
}

/** What Python says of a text that is no UUID. */
export const notAUuid = "badly formed hexadecimal UUID string";

/**
 * How the dialect, which knows UUIDs only, shows the id of a message or a context: as it is where it is a UUID in the one form that
 * answers have, else as the UUID that its text has for everybody.
 */
export function shownId(id: string): string {
  return parseUuid(id) === id ? id : uuid5("url", `a2a:${id}`);
}

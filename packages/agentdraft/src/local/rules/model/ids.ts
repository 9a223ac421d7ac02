// Ids that the rules make themselves, from what they know: deciding stays deterministic, and needs no id for each event.
import { ulidTime } from "@x/core/service";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Digits of an event id that say its place in the chain: enough for 2^35 events of one calendar. */
const seqDigits = 7;
const ulidDigits = 26;

/** A place in the chain in Crockford's base 32. */
function placeText(seq: number): string {
  let text = "";
  let rest = seq;
  for (let index = 0; index < seqDigits; index += 1) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function placeOf(text: string): number | undefined {
  let value = 0;
  for (const character of text) {
    const digit = alphabet.indexOf(character);
    if (digit < 0) {
      return undefined;
    }
    value = value * 32 + digit;
  }
  return value;
}

/** `aud_` and a ULID: the time, a part of the calendar's own ULID, and the place in its chain. */
export function auditEventId(atMs: number, userId: string, seq: number): string {
  return `aud_${ulidTime(atMs)}${userId.slice(-9).padStart(9, "0")}${placeText(seq)}`;
}

/** The place in its chain that an event id tells; undefined for what is no such id. */
export function seqOfEventId(eventId: string): number | undefined {
  if (!eventId.startsWith("aud_") || eventId.length !== 4 + ulidDigits) {
    return undefined;
  }
  return placeOf(eventId.slice(-seqDigits));
}

/** The same ULID behind another prefix of three letters. */
export const sibling = (id: string, prefix: string): string => `${prefix}_${id.slice(4)}`;

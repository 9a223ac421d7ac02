// Ids that the rules make themselves, from what they know: deciding stays deterministic, and needs no id for each event.

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A number below 2^53 in Crockford's base 32, with leading zeros. */
function base32(value: number, length: number): string {
  let text = "";
  let rest = value;
  for (let index = 0; index < length; index += 1) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function fromBase32(text: string): number | undefined {
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

/** Digits of an event id that say its place in the chain: enough for 2^35 events of one calendar. */
const seqDigits = 7;
const ulidDigits = 26;

/** Events of one turn have the same time. */
let stampedMs = -1;
let stamp = "";

function stampOf(atMs: number): string {
  if (atMs !== stampedMs) {
    stampedMs = atMs;
    stamp = base32(atMs, 10);
  }
  return stamp;
}

/** `aud_` and a ULID: the time, a part of the calendar's own ULID, and the place in its chain. */
export function auditEventId(atMs: number, userId: string, seq: number): string {
  return `aud_${stampOf(atMs)}${userId.slice(-9).padStart(9, "0")}${base32(seq, seqDigits)}`;
}

/** The place in its chain that an event id tells; undefined for what is no such id. */
export function seqOfEventId(eventId: string): number | undefined {
  if (!eventId.startsWith("aud_") || eventId.length !== 4 + ulidDigits) {
    return undefined;
  }
  return fromBase32(eventId.slice(-seqDigits));
}

/** The same ULID behind another prefix of three letters. */
export const sibling = (id: string, prefix: string): string => `${prefix}_${id.slice(4)}`;

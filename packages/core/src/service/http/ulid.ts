// Identifiers that sort by the time at which they were made: ULIDs, with a prefix that says what they name.
import { randomFillSync } from "node:crypto";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const timeLength = 10;
const randomLength = 16;

/** Random digits are made for many ids at once; a call for each costs more than the rest of the id. */
const pool = Buffer.alloc(randomLength * 256);
let used = pool.length;

function randomPart(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    for (let index = 0; index < pool.length; index++) {
      pool[index] = alphabet.charCodeAt((pool[index] ?? 0) & 31);
    }
    used = 0;
  }
  used += randomLength;
  return pool.toString("latin1", used - randomLength, used);
}

let stampedMs = -1;
let stamp = "";

/** The first 10 characters of every ULID of this millisecond. */
export function ulidTime(wallMs: number): string {
  if (wallMs !== stampedMs) {
    stampedMs = wallMs;
    stamp = "";
    let rest = Math.floor(wallMs);
    for (let index = 0; index < timeLength; index++) {
      stamp = alphabet.charAt(rest % 32) + stamp;
      rest = Math.floor(rest / 32);
    }
  }
  return stamp;
}

/**
 * A new ULID, 26 upper-case characters, 80 of its bits random.
 *
 * @param wallMs milliseconds since the Unix epoch; now by default
 */
export function ulid(wallMs: number = Date.now()): string {
  return ulidTime(wallMs) + randomPart();
}

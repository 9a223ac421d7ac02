// Claim codes: what a human types, so without letters that look like digits.
import { randomInt } from "node:crypto";

const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ";
const digits = "0123456789";

const some = (of: string, count: number): string =>
  Array.from({ length: count }, () => of[randomInt(of.length)]).join("");

/** Such as `KXWP-4821`. */
export const newClaimCode = (): string => `${some(letters, 4)}-${some(digits, 4)}`;

/** A code as it was typed: in any case, with spaces around it. */
export const readClaimCode = (typed: string): string => typed.trim().toUpperCase();

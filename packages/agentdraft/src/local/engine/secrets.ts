// Secrets that the server hands out, of which it keeps only hashes.
import { randomBytes, randomInt } from "node:crypto";
import { sha256Hex } from "@x/core";

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const base32 = "abcdefghijklmnopqrstuvwxyz234567";

function randomText(alphabet: string, length: number): string {
  let text = "";
  for (let index = 0; index < length; index++) {
    text += alphabet.charAt(randomInt(alphabet.length));
  }
  return text;
}

/** A new agent key: 190 random bits, so that a plain hash is enough to keep. */
export const newApiKey = (): string => `avs_live_${randomText(base62, 32)}`;

/** The value of a session cookie or of a magic link. */
export const newToken = (): string => randomBytes(32).toString("base64url");

export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString("base64url")}`;

export const randomBase32 = (length: number): string => randomText(base32, length);

/** What is kept of a secret. */
export const secretHash = (secret: string): string => sha256Hex(secret);

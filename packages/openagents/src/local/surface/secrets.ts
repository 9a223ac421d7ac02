// Credentials that the server makes.
import { randomBytes } from "node:crypto";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Bytes from here on would make some letters likelier than others. */
const evenTo = 256 - (256 % letters.length);

/** The secret of a registration: 64 letters and digits. */
export function newSecret(): string {
  let secret = "";
  while (secret.length < 64) {
    for (const byte of randomBytes(96)) {
      secret += byte < evenTo && secret.length < 64 ? letters[byte % letters.length] : "";
    }
  }
  return secret;
}

/** The token of a workspace: 32 random bytes, 43 characters. */
export const newToken = (): string => randomBytes(32).toString("base64url");

/** The session of a member: 32 hex digits. */
export const newSession = (): string => randomBytes(16).toString("hex");

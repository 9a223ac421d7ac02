// A token that a server shares with its callers: the setting, and the check of what a caller sends.
import { createHash, timingSafeEqual } from "node:crypto";
import { type Setting, secretFile } from "./settings.ts";

/** `--token-file FILE`. Eight characters are no strong token, but fewer are surely a mistake. */
export function sharedToken(help: string, without: string): Setting<string | undefined> {
  return secretFile("token-file", help, {
    isOne: (text) => /^[\x21-\x7e]{8,}$/.test(text),
    expected: "a token of at least 8 visible ASCII characters",
    without,
  });
}

/** What an `authorization` header holds: the token, another one, or none at all. */
export type SentToken = "right" | "wrong" | "none";

/**
 * Judges `authorization` headers by the token that is asked for; the time that it takes tells nothing about the token.
 * The name of the scheme may be written in any case (RFC 9110).
 */
export function tokenJudge(token: string): (authorization: string | null | undefined) => SentToken {
  const expected = digest(token);
  return (authorization) => {
    const given = /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    if (given === undefined) {
      return "none";
    }
    return timingSafeEqual(digest(given), expected) ? "right" : "wrong";
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

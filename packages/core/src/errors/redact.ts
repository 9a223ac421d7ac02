// Removes secrets from what people and logs get to see: fields, headers, URLs and free text.
import { isArrayBuffer, isDate, isError, isMap } from "./foreign.ts";

/** What stands in place of a secret value in objects and headers. */
export const redacted = "[redacted]";

/** Stands for what is not shown. */
const cut = "[...]";

/** How deep {@link redact} looks; deeper values are cut. */
const depthLimit = 8;

// Written with `_` between words; compared without `-`, `_` and case, so `X-Api-Key` and `apiKey` are one name.
const secretWords: readonly string[] = [
  "authorization",
  "proxy_authorization",
  "cookie",
  "set_cookie",
  "api_key",
  "workspace_token",
  "access_token",
  "refresh_token",
  "id_token",
  "auth_token",
  "bearer_token",
  "session_token",
  "security_token",
  "session_id",
  "token",
  "secret",
  "client_secret",
  "webhook_secret",
  "password",
  "password_hash",
  "passphrase",
  "private_key",
  "secret_key",
  "signing_key",
  "private_jwk",
  "seed",
  "signature",
  "did_signature",
  "signed_url",
  "sig",
  "jwt",
  "credential",
  "credentials",
];

const prefixes = ["", "x", "xamz", "xgoog", "grid"];

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.\s]/g, "");
}

const secretNames: ReadonlySet<string> = new Set(
  secretWords.flatMap((word) => prefixes.map((prefix) => prefix + plainName(word))),
);

/** Whether a field, header or query parameter of this name holds a secret. Case, `-` and `_` do not matter. */
export function isSecretName(name: string): boolean {
  return secretNames.has(plainName(name));
}

const wordPattern = secretWords
  .toSorted((a, b) => b.length - a.length)
  .map((word) => word.replaceAll("_", "[-_]?"))
  .join("|");
// `authorization: Bearer abc` has its secret behind a space, so that header loses the rest of its line.
const headerLine = /((?:proxy-)?authorization["']?\s*[:=]\s*["']?)[^"'\r\n]+/gi;
const namedValue = new RegExp(
  `(?<![a-z0-9])((?:x[-_]?)?(?:amz[-_]|goog[-_])?(?:${wordPattern})(?:\\\\?["'])?\\s{0,4}[=:]\\s{0,4})` +
    `("(?:[^"\\\\]|\\\\.)*"|'[^']*'|\\\\"[^"\\\\]*\\\\"|[^\\s"'&,;{}\\[\\]()<>]+)`,
  "gi",
);
const bearer = /\b(bearer|dpop)\s+[\w.~+/=-]{8,}/gi;
const userInfo = /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#@]{1,512}@/gi;
const pemKey = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g;
// It begins where a run of its characters does, so that a long run is looked through once.
const jws = /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*){1,3}/g;

/** Keys that say of themselves what they are. */
const knownKey = /\b(avs_live_|whsec_)[\w-]{8,}/g;

/**
 * The text without what looks like a secret: values of secret query parameters and fields, bearer tokens, user
 * information of URLs, JWTs and private keys in PEM form. `...` stands in their place.
 */
export function redactText(text: string): string {
  return shortened(text)
    .replaceAll(pemKey, "...")
    .replaceAll(headerLine, "$1...")
    .replaceAll(bearer, "$1 ...")
    .replaceAll(jws, "...")
    .replaceAll(knownKey, "$1...")
    .replaceAll(userInfo, "$1...@")
    .replaceAll(namedValue, hideValue);
}

/** The most characters of one text that people and logs get to see: looking for secrets takes time, and a stranger chose the text. */
const longestText = 16_384;

const shortened = (text: string): string =>
  text.length <= longestText ? text : `${text.slice(0, longestText)}... (${text.length - longestText} more)`;

// `invalid signature: too short` is a sentence; machines do not make secrets of one short word.
const saidOfMachineMade = /^(?:signature|sig|token|seed|jwt|credentials?|cookie|session[-_]?id): $/i;
const plainWord = /^[a-z]{1,12}[.:]?$/i;

/** A number called just `token` is a public fencing token, which people need to find a mistake; not so in a query. */
function hideValue(match: string, head: string, value: string, offset: number, text: string): string {
  if (saidOfMachineMade.test(head) && plainWord.test(value)) {
    return match;
  }
  const isFence =
    /^token/i.test(head) && /^\d{1,20}[.:]?$/.test(value) && !/[?&#]/.test(text.charAt(offset - 1));
  return isFence ? match : `${head}...`;
}

/**
 * A copy of plain data without its secrets: values under a secret name become {@link redacted}, other texts pass
 * {@link redactText}. A number or bigint called `token` stays, being a fencing token. Cycles, great depth and what is
 * beyond about 256 KiB are cut.
 */
export function redact(value: unknown): unknown {
  return copy(value, 0, [], { left: mostShown });
}

/** What is looked at: characters, and a handful for each item. Nobody reads more, and a hostile answer has much more. */
const mostShown = 262_144;
const costOfItem = 16;

function copy(value: unknown, depth: number, above: readonly object[], budget: { left: number }): unknown {
  budget.left -= costOfItem + (typeof value === "string" ? value.length : 0);
  if (typeof value === "string") {
    return budget.left < 0 ? cut : redactText(value);
  }
  if (typeof value !== "object" || value === null || isDate(value)) {
    return typeof value === "function" || typeof value === "symbol" ? `[${typeof value}]` : value;
  }
  if (ArrayBuffer.isView(value) || isArrayBuffer(value)) {
    return `[${value.byteLength} bytes]`;
  }
  if (depth >= depthLimit || budget.left < 0 || above.includes(value)) {
    return cut;
  }
  const path = [...above, value];
  if (isError(value)) {
    return { name: value.name, message: copy(value.message, depth, above, budget) };
  }
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) {
      items.push(copy(item, depth + 1, path, budget));
      if (budget.left < 0) {
        break;
      }
    }
    return items;
  }
  const entries: [string, unknown][] = isMap(value)
    ? [...value].map(([key, item]) => [String(key), item])
    : Object.entries(value);
  const shown: Record<string, unknown> = {};
  for (const [name, item] of entries) {
    shown[name] =
      isSecretName(name) && isSecretValue(name, item) ? redacted : copy(item, depth + 1, path, budget);
    if (budget.left < 0) {
      break;
    }
  }
  return shown;
}

/** Objects under a secret name, such as `credentials`, are looked into; numbers called `token` are public. */
function isSecretValue(name: string, value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return true;
    case "number":
    case "bigint":
      return plainName(name) !== "token";
    default:
      return Array.isArray(value) || ArrayBuffer.isView(value) || isArrayBuffer(value);
  }
}

// The rules by which a receipt is judged, in the order and with the words of the official verifier.

import {
  type DecodedJws,
  decodeJws,
  fromBase64Url,
  isJsonNumber,
  type JsonObject,
  type JsonValue,
  parseJson,
  toPlainJson,
  verifyJws,
} from "@x/core";
import { ReceiptVerificationError } from "../errors.ts";
import { defaultBaseUrl } from "../wire/base-url.ts";
import { asBody, type Body } from "../wire/body.ts";
import { rawKeys } from "../wire/decode-jwks.ts";
import { marginOf, secondsOf } from "./moment.ts";
import { demandPins } from "./pins.ts";

export type ReceiptUse = "approval_receipt" | "booking_receipt";

/** What a receipt must be, each compared by exact text. One that is named must have a value. */
export interface ReceiptPins {
  /** @default `https://api.agentdraft.io` */
  readonly issuer?: string;
  readonly audience?: string;
  readonly approvalId?: string;
  readonly actionType?: string;
  /** Lower-case hex, from `hashEvidence`. */
  readonly evidenceSha256?: string;
  readonly consentId?: string;
  readonly bookingId?: string;
  readonly actionClass?: string;
  readonly paramsSha256?: string;
  /** @default both */
  readonly tokenUses?: readonly ReceiptUse[];
  /** How far clocks may differ, in seconds from 0; `Infinity` for any age. @default 30 */
  readonly leewaySeconds?: number | undefined;
  /** @default the present */
  readonly now?: Date | undefined;
}

/** What a good receipt says. */
export interface VerifiedReceipt {
  readonly tokenUse: ReceiptUse;
  readonly issuer: string;
  /** The person who agreed: the owner of the calendar. */
  readonly subject: string;
  /** The agent that may act. */
  readonly agentId: string;
  readonly audience: string | readonly string[] | null;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly receiptId: string | null;
  /** Of an approval: `approval_id`, `action_type`, `evidence_sha256`. Of a booking: `consent_id`, `booking_id`, `action_class`, `params_sha256`. */
  readonly details: Body;
  readonly claims: Body;
}

const operation = "verifyApprovalToken";
const textPins = [
  "issuer",
  "audience",
  "approvalId",
  "actionType",
  "evidenceSha256",
  "consentId",
  "bookingId",
  "actionClass",
  "paramsSha256",
  "jwksUrl",
] as const;
const approvalType = "https://agentdraft.io/rar/approval";
const bookingType = "https://agentdraft.io/rar/booking";
const typeOfUse: Readonly<Record<ReceiptUse, string>> = {
  approval_receipt: approvalType,
  booking_receipt: bookingType,
};

/** @param keysOf answers the issuer's key set; asked only for a token whose header is right. */
export async function checkReceipt(
  token: string,
  pins: ReceiptPins,
  keysOf: (issuer: string) => unknown,
): Promise<VerifiedReceipt> {
  demandPins(operation, pins, textPins, ["tokenUses", "jwks"]);
  const issuer = pins.issuer ?? defaultBaseUrl;
  const nowSeconds = Math.floor(secondsOf(operation, pins.now));
  const leewaySeconds = marginOf(operation, "leewaySeconds", pins, 30);
  const jws = decodeJws(token);
  const header = jws && readJson(jws.headerText);
  const claims = jws && readJson(jws.payloadText);
  if (jws === undefined || header === undefined || claims === undefined) {
    throw refused("token is not a valid JWS");
  }
  if (!isObject(header) || !isObject(claims)) {
    throw refused("token header or payload is not an object");
  }
  await checkSignature(jws, header, () => keysOf(issuer));
  const { issuedAt, expiresAt } = checkTimes(claims, nowSeconds, leewaySeconds);
  if (claims.iss !== issuer) {
    throw refused("receipt issuer does not match");
  }
  checkAudience(claims.aud, pins.audience);
  const { sub: subject } = claims;
  if (typeof subject !== "string" || subject === "") {
    throw refused("receipt has no subject");
  }
  const agentId = isObject(claims.act) ? claims.act.sub : undefined;
  if (typeof agentId !== "string" || agentId === "") {
    throw refused("receipt has no acting agent");
  }
  const tokenUse = checkUse(claims.token_use, pins.tokenUses);
  const details = checkDetails(claims.authorization_details, tokenUse, pins);
  const plain = asBody(toPlainJson(claims)) ?? {};
  return {
    tokenUse,
    issuer,
    subject,
    agentId,
    audience: audienceOf(claims.aud),
    issuedAt,
    expiresAt,
    receiptId: typeof claims.jti === "string" ? claims.jti : null,
    details,
    claims: plain,
  };
}

async function checkSignature(jws: DecodedJws, header: JsonObject, keys: () => unknown): Promise<void> {
  const { alg, typ, kid, crit } = header;
  if (alg !== "EdDSA") {
    throw refused("receipt alg must be EdDSA");
  }
  // RFC 7515, 4.1.11: what must be understood, and is not, makes a token invalid.
  if (crit !== undefined) {
    throw refused("receipt has critical extensions, and none is known");
  }
  if (typ !== undefined && typ !== null && typ !== "at+jwt" && typ !== "JWT") {
    throw refused(`unexpected receipt typ '${shown(typ)}'`);
  }
  const set = rawKeys(await keys());
  if (set === undefined) {
    throw refused("jwks must contain a 'keys' array");
  }
  if (typeof kid !== "string" || kid === "") {
    throw refused("token header has no kid");
  }
  const key = set.map(asBody).find((entry) => entry?.kid === kid);
  if (key === undefined) {
    throw refused(`no JWKS key for kid '${kid}'`);
  }
  if (key.kty !== "OKP" || key.crv !== "Ed25519") {
    throw refused("JWKS key is not an Ed25519 OKP key");
  }
  if (typeof key.x !== "string") {
    throw refused("JWKS key has no x coordinate");
  }
  if (key.use !== undefined && key.use !== "sig") {
    throw refused("JWKS key is not for signatures");
  }
  const publicKey = fromBase64Url(key.x);
  if (publicKey === undefined || !verifyJws(jws, publicKey)) {
    throw refused("receipt signature is invalid");
  }
}

function checkTimes(
  claims: JsonObject,
  nowSeconds: number,
  leewaySeconds: number,
): { readonly issuedAt: Date; readonly expiresAt: Date } {
  const iat = integerOf(claims.iat);
  const exp = integerOf(claims.exp);
  if (iat === undefined || exp === undefined) {
    throw refused("receipt must carry integer iat and exp");
  }
  if (exp + leewaySeconds < nowSeconds) {
    throw refused("receipt has expired");
  }
  if (iat - leewaySeconds > nowSeconds) {
    throw refused("receipt was issued in the future");
  }
  if (claims.nbf !== undefined) {
    const nbf = integerOf(claims.nbf);
    if (nbf === undefined) {
      throw refused("receipt nbf is not an integer");
    }
    if (nbf - leewaySeconds > nowSeconds) {
      throw refused("receipt is not valid yet");
    }
  }
  return { issuedAt: new Date(iat * 1_000), expiresAt: new Date(exp * 1_000) };
}

function checkAudience(aud: JsonValue | undefined, pinned: string | undefined): void {
  const list = audienceOf(aud);
  if (pinned !== undefined && !(list === pinned || (Array.isArray(list) && list.includes(pinned)))) {
    throw refused("receipt audience does not match");
  }
}

function audienceOf(aud: JsonValue | undefined): string | readonly string[] | null {
  if (Array.isArray(aud)) {
    return aud.filter((item) => typeof item === "string");
  }
  return typeof aud === "string" ? aud : null;
}

function checkUse(use: JsonValue | undefined, allowed: readonly ReceiptUse[] | undefined): ReceiptUse {
  const uses: readonly ReceiptUse[] = allowed ?? ["approval_receipt", "booking_receipt"];
  const found = uses.find((each) => each === use);
  if (found === undefined) {
    throw refused("unexpected receipt token_use");
  }
  return found;
}

/** The first entry of our types; others belong to other parties and are passed over. */
function checkDetails(entries: JsonValue | undefined, use: ReceiptUse, pins: ReceiptPins): Body {
  if (!Array.isArray(entries) || entries.length === 0) {
    throw refused("receipt has no authorization_details");
  }
  const entry = entries.find(
    (each: JsonValue): each is JsonObject =>
      isObject(each) && (each.type === approvalType || each.type === bookingType),
  );
  if (entry === undefined) {
    throw refused("receipt has no approval or booking RAR entry");
  }
  if (entry.type !== typeOfUse[use]) {
    throw refused("receipt token_use does not fit its RAR entry");
  }
  const pinned: readonly (readonly [string, string | undefined])[] = [
    ["approval_id", pins.approvalId],
    ["action_type", pins.actionType],
    ["evidence_sha256", pins.evidenceSha256],
    ["consent_id", pins.consentId],
    ["booking_id", pins.bookingId],
    ["action_class", pins.actionClass],
    ["params_sha256", pins.paramsSha256],
  ];
  for (const [name, value] of pinned) {
    if (value !== undefined && entry[name] !== value) {
      throw refused(`receipt ${name} does not match`);
    }
  }
  return asBody(toPlainJson(entry)) ?? {};
}

/** A JSON integer: written without point or exponent, and no boolean. */
function integerOf(value: JsonValue | undefined): number | undefined {
  return isJsonNumber(value) && /^-?\d{1,15}$/.test(value.text) ? value.valueOf() : undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isJsonNumber(value);
}

function readJson(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function shown(value: JsonValue): string {
  return typeof value === "string" ? value.slice(0, 64) : JSON.stringify(value).slice(0, 64);
}

function refused(message: string): ReceiptVerificationError {
  return new ReceiptVerificationError(message, { operation, code: "receipt_invalid" });
}

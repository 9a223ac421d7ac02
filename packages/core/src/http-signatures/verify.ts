// Verifies a signed HTTP request: which signature, what it covers, how long it holds, and whether body and key fit.

import { InvalidArgumentError } from "../errors/error-kinds.ts";
import { verifySignature } from "../identity/signer.ts";
import { contentDigest, fromBase64 } from "./digest.ts";
import { longestLifetimeSeconds } from "./sign.ts";
import {
  type BareItem,
  type DictionaryMember,
  type Parameters,
  parseDictionary,
} from "./structured-fields.ts";

/** A request as its receiver sees it. */
export interface SignedHttpRequest {
  readonly method: string;
  /** As the signer sees it: host in lower case, port unless 80 or 443. */
  readonly authority: string;
  /** As it was sent, without query. */
  readonly path: string;
  /** The headers under lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  /** The exact bytes, or a text in UTF-8. @default no body */
  readonly body?: string | Uint8Array | undefined;
}

/** What the receiver asks for. */
export interface VerifyHttpSignatureOptions {
  /** Unix seconds; any finite number. */
  readonly now: number;
  /** How far clocks may differ, in seconds from 0; `Infinity` for any age. */
  readonly leewaySeconds: number;
  /** Only signatures with this tag count. */
  readonly tag: string;
}

/** Why a request is refused. */
export type SignatureProblem =
  | "signature_missing"
  | "signature_malformed"
  | "component_not_covered"
  | "signature_expired"
  | "signature_not_yet_valid"
  | "signature_lifetime"
  | "digest_mismatch"
  | "signature_invalid";

/** A signature that fits in everything but the key, which the caller fetches. */
export interface SignatureClaim {
  readonly ok: true;
  readonly label: string;
  readonly keyId: string;
  /** Where the signer says its keys are. Not to be trusted before it was compared with what is expected. */
  readonly directoryUrl: string;
  readonly created: number;
  readonly expires: number;
  /** Whether the holder of this key has signed. */
  isSignedBy(publicKey: Uint8Array): boolean;
}

export interface SignatureRefusal {
  readonly ok: false;
  readonly problem: SignatureProblem;
  /** A sentence for people. */
  readonly message: string;
}

const required: readonly string[] = ["@method", "@authority", "@path", "signature-agent", "content-digest"];

/**
 * Checks all that can be checked without the key.
 *
 * @throws InvalidArgumentError `invalid_option` for a `now` that is no finite number or a leeway that is none: with it
 *   nothing would be too early or too late; and for a tag that is none
 */
export function readHttpSignature(
  request: SignedHttpRequest,
  options: VerifyHttpSignatureOptions,
): SignatureClaim | SignatureRefusal {
  checkOptions(options);
  const inputField = request.headers.get("signature-input");
  const signatureField = request.headers.get("signature");
  if (inputField === undefined || signatureField === undefined) {
    return refusal("signature_missing", "the request has no Signature-Input and Signature");
  }
  const inputs = parseDictionary(inputField);
  const signatures = parseDictionary(signatureField);
  if (inputs === undefined || signatures === undefined) {
    return refusal("signature_malformed", "Signature-Input or Signature is not a dictionary field");
  }
  const found = [...inputs].find(([, member]) => textParam(member.params, "tag") === options.tag);
  if (found === undefined) {
    return refusal("signature_missing", `the request has no signature with the tag ${options.tag}`);
  }
  const [label, input] = found;
  const signature = bytesOf(signatures.get(label));
  const keyId = textParam(input.params, "keyid");
  if (input.kind !== "list" || signature === undefined || keyId === undefined) {
    return refusal("signature_malformed", "the signature has no component list, no bytes or no keyid");
  }
  const times = checkTimes(input.params, options);
  if (!("created" in times)) {
    return times;
  }
  const base = signatureBase(input, label, request);
  if ("ok" in base) {
    return base;
  }
  if (request.headers.get("content-digest") !== contentDigest(request.body)) {
    return refusal("digest_mismatch", "the Content-Digest does not belong to this body");
  }
  const message = new TextEncoder().encode(base.text);
  return {
    ok: true,
    label,
    keyId,
    directoryUrl: base.directoryUrl,
    ...times,
    isSignedBy: (publicKey) => verifySignature(publicKey, message, signature),
  };
}

/** @throws InvalidArgumentError `invalid_option` */
function checkOptions({ now, leewaySeconds, tag }: VerifyHttpSignatureOptions): void {
  // Without one, a signature that has no tag would fit.
  if (typeof tag !== "string" || tag === "") {
    throw invalid(`tag must be a text, not ${String(tag)}`);
  }
  if (!Number.isFinite(now)) {
    throw invalid(`now must be Unix seconds, not ${String(now)}`);
  }
  if (typeof leewaySeconds !== "number" || !(leewaySeconds >= 0)) {
    throw invalid(`leewaySeconds must be a number of seconds from 0, not ${String(leewaySeconds)}`);
  }
}

const invalid = (what: string): InvalidArgumentError =>
  new InvalidArgumentError(`readHttpSignature: ${what}.`, {
    service: "core",
    operation: "readHttpSignature",
    code: "invalid_option",
  });

function checkTimes(
  params: Parameters,
  { now, leewaySeconds }: VerifyHttpSignatureOptions,
): { readonly created: number; readonly expires: number } | SignatureRefusal {
  const created = integerParam(params, "created");
  const expires = integerParam(params, "expires");
  if (created === undefined || expires === undefined) {
    return refusal("signature_malformed", "the signature has no created or no expires");
  }
  if (expires <= created || expires - created > longestLifetimeSeconds) {
    return refusal(
      "signature_lifetime",
      `a signature holds for 1 to ${longestLifetimeSeconds} seconds, this one for ${expires - created}`,
    );
  }
  if (created - leewaySeconds > now) {
    return refusal("signature_not_yet_valid", "the signature was created in the future");
  }
  return expires + leewaySeconds < now
    ? refusal("signature_expired", "the signature has expired")
    : { created, expires };
}

/** The text that was signed, rebuilt from the request and the list of components. */
function signatureBase(
  input: Extract<DictionaryMember, { kind: "list" }>,
  label: string,
  request: SignedHttpRequest,
): { readonly text: string; readonly directoryUrl: string } | SignatureRefusal {
  const lines: string[] = [];
  const covered = new Set<string>();
  let directoryUrl: string | undefined;
  for (const { item, params } of input.items) {
    if (item.kind !== "string" || covered.has(item.value)) {
      return refusal("signature_malformed", "a component is no string, or is listed twice");
    }
    const name = item.value;
    covered.add(name);
    if (name === "signature-agent") {
      directoryUrl = directoryOf(request, params, label);
      if (directoryUrl === undefined) {
        return refusal("signature_malformed", `Signature-Agent has no string under ${label}`);
      }
      lines.push(`"signature-agent";key="${label}": "${directoryUrl.replaceAll(/["\\]/g, "\\$&")}"`);
      continue;
    }
    const value = params.size === 0 ? componentValue(name, request) : undefined;
    if (value === undefined) {
      return refusal("signature_malformed", `the component ${JSON.stringify(name)} cannot be rebuilt`);
    }
    lines.push(`"${name}": ${value}`);
  }
  const missing = required.filter((name) => !covered.has(name));
  if (missing.length > 0 || directoryUrl === undefined) {
    return refusal("component_not_covered", `the signature does not cover ${missing.join(", ")}`);
  }
  lines.push(`"@signature-params": ${input.text}`);
  return { text: lines.join("\n"), directoryUrl };
}

function componentValue(name: string, request: SignedHttpRequest): string | undefined {
  switch (name) {
    case "@method":
      return request.method.toUpperCase();
    case "@authority":
      return request.authority;
    case "@path":
      return request.path;
    default:
      return name.startsWith("@") ? undefined : request.headers.get(name)?.trim();
  }
}

function directoryOf(request: SignedHttpRequest, params: Parameters, label: string): string | undefined {
  const agents = parseDictionary(request.headers.get("signature-agent") ?? "");
  const member = agents?.get(label);
  const fits = params.size === 1 && textParam(params, "key") === label;
  return fits && member?.kind === "item" && member.item.kind === "string" ? member.item.value : undefined;
}

function bytesOf(member: DictionaryMember | undefined): Uint8Array | undefined {
  const bytes =
    member?.kind === "item" && member.item.kind === "bytes" ? fromBase64(member.item.base64) : undefined;
  return bytes?.length === 64 ? bytes : undefined;
}

function textParam(params: Parameters, name: string): string | undefined {
  const item: BareItem | undefined = params.get(name);
  return item?.kind === "string" ? item.value : undefined;
}

function integerParam(params: Parameters, name: string): number | undefined {
  const item: BareItem | undefined = params.get(name);
  return item?.kind === "integer" ? item.value : undefined;
}

function refusal(problem: SignatureProblem, message: string): SignatureRefusal {
  return { ok: false, problem, message };
}

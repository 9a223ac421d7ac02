// Verifies a signed request at its receiver: which agent of the service sent this method, path and body, and just now.

import {
  isBytes,
  type JwkSet,
  publicKeyOfJwk,
  readHttpSignature,
  requestTarget,
  type SignatureProblem,
} from "@x/core";
import { SignatureVerificationError } from "../errors.ts";
import { defaultBaseUrl } from "../wire/base-url.ts";
import { asBody } from "../wire/body.ts";
import { rawKeys } from "../wire/decode-jwks.ts";
import { type KeySource, loadKeys } from "./key-sets.ts";
import { invalidOption, marginOf, secondsOf } from "./moment.ts";
import { demandPins } from "./pins.ts";
import { type HeadersLike, headerMap, webBotAuth } from "./request-signing.ts";
import { agentOfDirectory } from "./signature-directory.ts";

/** A received request, and what is known of its sender. */
export interface VerifySignedRequestOptions extends KeySource {
  readonly method: string;
  /** The whole URL as the sender wrote it, with the public host of this site. Its query is not signed. */
  readonly url: string;
  readonly headers: HeadersLike;
  /** The exact body. @default none */
  readonly body?: string | Uint8Array | undefined;
  /** The service whose agents are welcome; keys are fetched from nowhere else. @default `https://api.agentdraft.io` */
  readonly baseUrl?: string;
  /** The directory of the agent. @default fetched from the service, and kept for 300 s */
  readonly directory?: JwkSet;
  /** Only this agent. @default any of the service */
  readonly agentId?: string;
  /** @default the present */
  readonly now?: Date | undefined;
  /** How far clocks may differ, in seconds from 0; `Infinity` for any age. @default 30 */
  readonly leewaySeconds?: number | undefined;
}

/** Who signed a request. */
export interface VerifiedRequest {
  readonly agentId: string;
  readonly keyId: string;
  readonly label: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Why a signed request is refused. */
export type SignedRequestProblem = SignatureProblem | "unknown_directory" | "unknown_agent" | "unknown_key";

/**
 * The agent that signed a request. A signature can be used again until it expires: keep `Signature` values for
 * five minutes where a repeat does harm.
 *
 * @throws SignatureVerificationError whose `code` is a {@link SignedRequestProblem}
 * @throws InvalidArgumentError `invalid_option` for a pin (`agentId`, `baseUrl`, `directory`) that is named without a value, a `now` that
 *   is no moment, a leeway that is none, a method or a body that is none
 * @throws ConnectionError where the directory cannot be fetched
 */
export async function verifySignedRequest(options: VerifySignedRequestOptions): Promise<VerifiedRequest> {
  demandPins("verifySignedRequest", options, ["baseUrl", "agentId"], ["directory"]);
  const { baseUrl = defaultBaseUrl, method, body } = options;
  if (typeof method !== "string" || (body !== undefined && typeof body !== "string" && !isBytes(body))) {
    throw invalidOption(
      "verifySignedRequest",
      "method must be a text, and body the exact text or bytes that came",
    );
  }
  const leewaySeconds = marginOf("verifySignedRequest", "leewaySeconds", options, 30);
  const now = secondsOf("verifySignedRequest", options.now);
  const { authority, path } = requestTarget(options.url);
  const claim = readHttpSignature(
    { method, authority, path, headers: headerMap(options.headers), body },
    { now: Math.floor(now), leewaySeconds, tag: webBotAuth },
  );
  if (!claim.ok) {
    throw refused(claim.problem, claim.message);
  }
  // The URL comes from the request: compared before it is fetched, else a stranger could send us anywhere.
  const agentId = agentOfDirectory(claim.directoryUrl, baseUrl);
  if (agentId === undefined) {
    throw refused("unknown_directory", "the Signature-Agent is no agent directory of this service");
  }
  if (options.agentId !== undefined && options.agentId !== agentId) {
    throw refused("unknown_agent", "the request is signed by another agent than expected");
  }
  const keys =
    options.directory === undefined
      ? await loadKeys(claim.directoryUrl, "verifySignedRequest", options)
      : (rawKeys(options.directory) ?? []);
  const publicKey = publicKeyOfJwk(keys.map(asBody).find((key) => key?.kid === claim.keyId));
  if (publicKey === undefined) {
    throw refused("unknown_key", "the agent's directory has no such key");
  }
  if (!claim.isSignedBy(publicKey)) {
    throw refused("signature_invalid", "the signature does not belong to this request");
  }
  return {
    agentId,
    keyId: claim.keyId,
    label: claim.label,
    createdAt: new Date(claim.created * 1_000),
    expiresAt: new Date(claim.expires * 1_000),
  };
}

function refused(problem: SignedRequestProblem, message: string): SignatureVerificationError {
  return new SignatureVerificationError(`verifySignedRequest: ${message}.`, {
    operation: "verifySignedRequest",
    code: problem,
  });
}

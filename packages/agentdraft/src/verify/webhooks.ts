// Webhooks at their receiver: whether a call comes from the service, is whole, and is fresh.

import { equalBytes, fromHex, isBytes } from "@x/core";
import { WebhookVerificationError } from "../errors.ts";
import { type Body, bodyOf, dateOf, parseBody, textOf } from "../wire/body.ts";
import { webhookMac } from "../wire/webhook-mac.ts";
import { marginOf, secondsOf } from "./moment.ts";

/** A webhook call to check. */
export interface VerifyWebhookOptions {
  /** The exact body, as text or bytes; parsed and written again it would not verify. */
  readonly body: string | Uint8Array;
  /** The value of the header `AgentDraft-Signature`; a list of one, as some gateways give it, is its item. */
  readonly signature: string | readonly string[] | null | undefined;
  /** `whsec_...`, from the creation of the subscription. */
  readonly secret: string;
  /** How old or how far ahead a call may be, in seconds from 0; `Infinity` for any age. @default 300 */
  readonly toleranceSeconds?: number | undefined;
  /** @default the present */
  readonly now?: Date | undefined;
}

/** What the service tells. */
export interface WebhookEvent {
  /** The same on every repeat: keep it to act once. */
  readonly id: string;
  /** Such as `booking.evicted`. */
  readonly type: string;
  readonly createdAt: Date | null;
  readonly workspaceId: string | null;
  readonly data: Body;
}

/**
 * The event of a webhook call that the service has signed.
 *
 * @throws WebhookVerificationError `secret_missing`, `signature_missing`, `signature_invalid`, `timestamp_out_of_tolerance`, `invalid_body`
 * @throws InvalidArgumentError `invalid_option` for a `now` that is no moment, a tolerance that is none
 */
export function verifyWebhook(options: VerifyWebhookOptions): WebhookEvent {
  const { body, secret } = options;
  const toleranceSeconds = marginOf("verifyWebhook", "toleranceSeconds", options, 300);
  const now = secondsOf("verifyWebhook", options.now);
  if (typeof body !== "string" && !isBytes(body)) {
    throw refused(
      "invalid_body",
      "body must be the exact text or bytes that came, not what they were parsed into",
    );
  }
  if (typeof secret !== "string" || secret === "") {
    throw refused("secret_missing", "there is no secret to check with");
  }
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const parts = headerOf(options.signature)
    .split(",")
    .map((part) => part.trim());
  const timestamp = parts.find((part) => /^t=\d{1,12}$/.test(part))?.slice(2);
  const given = parts.flatMap((part) => (part.startsWith("v1=") ? (fromHex(part.slice(3)) ?? []) : []));
  if (timestamp === undefined || given.length === 0) {
    throw refused("signature_missing", "the header AgentDraft-Signature is missing or has no t= and v1=");
  }
  const expected = webhookMac(secret, timestamp, body);
  // Several v1 parts stand side by side while a secret is replaced.
  if (!given.some((signature) => equalBytes(signature, expected))) {
    throw refused("signature_invalid", "the signature does not belong to this body and secret");
  }
  if (Math.abs(now - Number(timestamp)) > toleranceSeconds) {
    throw refused("timestamp_out_of_tolerance", `the call is more than ${toleranceSeconds} s away from now`);
  }
  const event = parseBody(text) ?? {};
  const id = textOf(event, "id");
  const type = textOf(event, "type");
  if (id === null || type === null) {
    throw refused("invalid_body", "the body is no event: it has no id or no type");
  }
  return {
    id,
    type,
    createdAt: dateOf(event, "created_at"),
    workspaceId: textOf(event, "workspace_id"),
    data: bodyOf(event, "data") ?? {},
  };
}

/** The text of a header that may have come in a list of its own; empty for whatever else came. */
function headerOf(value: unknown): string {
  const [only, ...others]: readonly unknown[] = Array.isArray(value) ? value : [value];
  return typeof only === "string" && others.length === 0 ? only : "";
}

function refused(code: string, message: string): WebhookVerificationError {
  return new WebhookVerificationError(`verifyWebhook: ${message}.`, { operation: "verifyWebhook", code });
}

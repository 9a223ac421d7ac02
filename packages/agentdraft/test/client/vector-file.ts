// The byte-exact vectors of the wire, typed as far as the tests look at them.
import { readFileSync } from "node:fs";
import type { AuditEvent } from "../../src/index.ts";

interface Jwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly d: string;
  readonly kid?: string;
}

export interface ReceiptCase {
  readonly name: string;
  readonly token: string;
  readonly options: {
    readonly issuer: string;
    readonly now: number;
    readonly leeway_seconds?: number;
    readonly audience?: string;
    readonly approval_id?: string;
    readonly action_type?: string;
    readonly evidence_sha256?: string;
    readonly consent_id?: string;
    readonly booking_id?: string;
    readonly action_class?: string;
    readonly params_sha256?: string;
    readonly token_uses?: readonly ("approval_receipt" | "booking_receipt")[];
  };
  readonly official: { readonly accepted: boolean; readonly message?: string };
  readonly jwks?: Record<string, unknown> | readonly unknown[];
  readonly ours_must_accept: boolean;
}

export interface EvidenceCase {
  readonly name: string;
  readonly canonical: string;
  readonly sha256: string;
  readonly json_text?: string;
}

type SignatureHeaderTexts = Readonly<Record<string, string>>;

export interface SigningCase {
  readonly name: string;
  readonly input: {
    readonly method: string;
    readonly url: string;
    readonly base_url?: string;
    readonly agent_id: string;
    readonly created: number;
    readonly expires?: number;
    readonly ttl_seconds?: number;
    readonly label?: string;
    readonly key: "A" | "B";
    readonly body_text?: string;
    readonly body_base64?: string;
  };
  readonly headers?: SignatureHeaderTexts;
  readonly error?: string;
}

interface Vectors {
  readonly receipts: {
    readonly jwks: { readonly keys: readonly Record<string, unknown>[] };
    readonly keys: Readonly<Record<"1" | "2", Jwk>>;
    readonly cases: readonly ReceiptCase[];
  };
  readonly web_bot_auth: {
    readonly keys: Readonly<Record<"A" | "B", Jwk>>;
    readonly cases: readonly SigningCase[];
    readonly private_key_handling: readonly {
      readonly name: string;
      readonly private_jwk: Record<string, unknown>;
      readonly error?: string;
      readonly headers?: SignatureHeaderTexts;
    }[];
    readonly agent_signature_fields: {
      readonly headers: SignatureHeaderTexts;
      readonly method: string;
      readonly authority: string;
      readonly path: string;
      readonly result: Readonly<Record<string, string>>;
    };
  };
  readonly hash_evidence: readonly EvidenceCase[];
  readonly thumbprints: readonly {
    readonly name: string;
    readonly x: string;
    readonly canonical: string;
    readonly thumbprint: string;
  }[];
  readonly audit_chain: {
    readonly genesis_prev_hash: string;
    readonly events: readonly AuditEvent[];
    readonly head: { readonly seq: number; readonly hash: string };
  };
}

export const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../vectors/agentdraft.json", import.meta.url), "utf8"),
);

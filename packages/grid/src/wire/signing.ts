// What a caller sends: a payload with the four signed fields, whose text is the very text that was signed.

import { type Signer, toHex } from "@x/core";
import { canonicalOfValues } from "./canonical.ts";
import type { GridWireProfile } from "./profile.ts";
import { writeTimestamp } from "./timestamp.ts";

/** What signs a request: who, with what, at what time. */
export interface Signing {
  readonly profile: GridWireProfile;
  readonly nodeId: string;
  readonly signer: Pick<Signer, "sign">;
  /** The server's time as far as it is known, in milliseconds since the epoch. */
  readonly wallMs: number;
  /** @default 16 random bytes in hex */
  readonly nonce?: string | undefined;
}

type Members = Readonly<Record<string, unknown>>;

/** 32 hex digits from the system's random source. */
export function newNonce(): string {
  return toHex(globalThis.crypto.getRandomValues(new Uint8Array(16)));
}

/**
 * The JSON text of a payload, signed.
 *
 * @throws WireRefusal `unsignable`
 */
export async function signedBody(payload: Members, signing: Signing): Promise<string> {
  const { text, signature } = await sign({ ...payload, ...signedFields(signing) }, signing);
  const { canonical } = signing.profile.switches;
  const [comma, colon] = canonical === "python-json" ? [", ", ": "] : [",", ":"];
  const { signature: name } = signing.profile.fields.signed;
  return `${text.slice(0, -1)}${comma}${JSON.stringify(name)}${colon}"${signature}"}`;
}

/**
 * The JSON text of a JSON-RPC call, signed over its `params` or as a whole.
 *
 * @throws WireRefusal `unsignable`
 */
export async function signedRpcBody(
  call: { readonly id: string; readonly method: string; readonly params: Members },
  signing: Signing,
): Promise<string> {
  const { id, method, params } = call;
  if (signing.profile.switches.rpcSignScope === "envelope") {
    return await signedBody({ jsonrpc: "2.0", id, method, params }, signing);
  }
  const signed = await signedBody(params, signing);
  return `{"jsonrpc": "2.0", "id": ${JSON.stringify(id)}, "method": ${JSON.stringify(method)}, "params": ${signed}}`;
}

/** The parameters of a signed GET, all of them strings. */
export async function signedQuery(
  query: Readonly<Record<string, string>>,
  signing: Signing,
): Promise<Record<string, string>> {
  const payload = { ...query, ...signedFields(signing) };
  const { signature } = await sign(payload, signing);
  return { ...payload, [signing.profile.fields.signed.signature]: signature };
}

function signedFields({ profile, nodeId, wallMs, nonce = newNonce() }: Signing): Record<string, string> {
  const { signed } = profile.fields;
  return {
    [signed.fromNodeId]: nodeId,
    [signed.timestamp]: writeTimestamp(wallMs, profile.switches.timestampFormat),
    [signed.nonce]: nonce,
  };
}

async function sign(
  payload: Members,
  { profile, signer }: Signing,
): Promise<{ readonly text: string; readonly signature: string }> {
  const text = canonicalOfValues(payload, profile.switches.canonical);
  return { text, signature: toHex(await signer.sign(new TextEncoder().encode(text))) };
}

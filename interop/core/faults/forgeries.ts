// Forged receipts, requests and webhooks against what verifies offline: only the true one is taken.
import { createHmac, generateKeyPairSync, type KeyObject, sign as signBytes } from "node:crypto";
import {
  hashEvidence,
  isServiceError,
  signRequest,
  type VerifyApprovalTokenOptions,
  type VerifySignedRequestOptions,
  verifyApprovalToken,
  verifySignedRequest,
  verifyWebhook,
} from "@x/agentdraft";
import { type Agent, type Json, type Owner, send, signIn } from "./calendar.ts";
import type { Attack, Checks } from "./checks.ts";
import { startServer } from "./servers.ts";

const encoded = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const decoded = (part: string | undefined): Json =>
  JSON.parse(Buffer.from(part ?? "", "base64url").toString());

/** "taken", "refused", or the error that is none of the suite. */
async function verdictOf(verify: () => unknown): Promise<string> {
  try {
    await verify();
    return "taken";
  } catch (error) {
    return isServiceError(error) ? "refused" : `threw ${error}`;
  }
}

/** The order of the group, by which a signature can be written in a second way. */
const groupOrder = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;

/** The same signature with the order added to its number. */
function rewritten(signature: string): string {
  const bytes = Buffer.from(signature, "base64url");
  let scalar = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString("hex")}`) + groupOrder;
  for (let index = 32; index < 64; index += 1) {
    bytes[index] = Number(scalar & 255n);
    scalar >>= 8n;
  }
  return bytes.toString("base64url");
}

/** The same bytes, were the last bits of the text not looked at. */
function respelt(signature: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(signature.at(-1) ?? "");
  return signature.slice(0, -1) + alphabet[last ^ 1];
}

function forgedReceipts(receipt: string, publicKey: Json): Readonly<Record<string, string>> {
  const [head = "", payload = "", signature = ""] = receipt.split(".");
  const [header, claims] = [decoded(head), decoded(payload)];
  const { privateKey, publicKey: ownKey } = generateKeyPairSync("ed25519");
  const own = { ...ownKey.export({ format: "jwk" }), kid: header.kid, alg: "EdDSA", use: "sig" };
  const signed = (fields: object, body: object = claims, key: KeyObject = privateKey): string => {
    const text = `${encoded({ ...header, ...fields })}.${encoded(body)}`;
    return `${text}.${signBytes(null, Buffer.from(text), key).toString("base64url")}`;
  };
  const mac = (key: string | Buffer): string => {
    const text = `${encoded({ ...header, alg: "HS256" })}.${payload}`;
    return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
  };
  const headed = (fields: object): string => `${encoded({ ...header, ...fields })}.${payload}.${signature}`;
  return {
    "alg none": `${encoded({ ...header, alg: "none" })}.${payload}.`,
    "alg None": `${encoded({ ...header, alg: "None" })}.${payload}.`,
    "no signature": `${head}.${payload}.`,
    "a mac under the public key": mac(publicKey.x),
    "a mac under the bytes of the public key": mac(Buffer.from(publicKey.x, "base64url")),
    "a key of one's own": signed({}),
    "a key in the header": signed({ jwk: own }),
    "a key set of one's own": signed({ jku: "http://127.0.0.1:9/keys" }),
    "a certificate": signed({ x5c: ["AAAA"] }),
    "no key id": signed({ kid: undefined }),
    "a path as key id": signed({ kid: "../../dev/null" }),
    "__proto__ as key id": signed({ kid: "__proto__" }),
    "a list of key ids": signed({ kid: [header.kid] }),
    "another type": headed({ typ: "dpop+jwt" }),
    "a critical extension": headed({ crit: ["exp"] }),
    "a payload that is not encoded": headed({ b64: false, crit: ["b64"] }),
    "a later end": `${head}.${encoded({ ...claims, exp: claims.exp + 1e6 })}.${signature}`,
    "two algorithms": `${encoded(`{"alg":"none",${JSON.stringify(header).slice(1)}`)}.${payload}.${signature}`,
    "a second writing of the signature": `${head}.${payload}.${rewritten(signature)}`,
    "other last bits": `${head}.${payload}.${respelt(signature)}`,
    padding: `${receipt}==`,
    "a dot behind": `${receipt}.`,
    "five parts": `${receipt}.a.b`,
    "a blank before": ` ${receipt}`,
    "a line feed within": `${head}.${payload}\n.${signature}`,
    "the form in JSON": JSON.stringify({ payload, protected: head, signature }),
    nothing: "",
    "dots alone": "..",
  };
}

async function receipts(checks: Checks, port: number, owner: Owner, agent: Agent): Promise<void> {
  const evidence = { a: 1 };
  const asked = { action_type: "deploy", summary: "s", evidence, audience: "https://me.example" };
  const { json: approval } = await agent.call("POST", "/v1/approvals", asked);
  await owner.call("POST", `/v1/dashboard/approvals/${approval.approval_id}/resolve`, {
    decision: "approved",
  });
  const { json: decision } = await agent.call("GET", `/v1/approvals/${approval.approval_id}`);
  const { json: jwks } = await send(port, "GET", "/.well-known/jwks.json");
  const receipt: string = decision.receipt;
  const pins: VerifyApprovalTokenOptions = {
    issuer: `http://127.0.0.1:${port}`,
    audience: "https://me.example",
    actionType: "deploy",
    approvalId: approval.approval_id,
    evidenceSha256: hashEvidence(evidence),
    jwks,
  };
  const verify = (token: string, more: object = {}): Promise<string> =>
    verdictOf(() => verifyApprovalToken(token, { ...pins, ...more }));
  checks.that("the true receipt is taken", (await verify(receipt)) === "taken", await verify(receipt));
  for (const [what, forged] of Object.entries(forgedReceipts(receipt, jwks.keys[0]))) {
    const verdict = await verify(forged);
    checks.that(`a receipt with ${what} is refused`, verdict === "refused", verdict);
  }
  const weak = { kty: "OKP", crv: "Ed25519", x: encodedBytes(1, 31), kid: "weak" };
  const byWeak = `${encoded({ ...decoded(receipt.split(".")[0]), kid: "weak" })}.${receipt.split(".")[1]}.${encodedBytes(1, 63)}`;
  const verdict = await verify(byWeak, { jwks: { keys: [weak] } });
  checks.that("a key under which everything is signed is refused", verdict === "refused", verdict);
  for (const [what, more] of Object.entries({
    audience: { audience: "https://you.example" },
    action: { actionType: "delete" },
    evidence: { evidenceSha256: hashEvidence({ a: 2 }) },
    approval: { approvalId: "apr_other" },
    issuer: { issuer: "https://api.agentdraft.io" },
    time: { now: new Date(Date.now() + 4_000_000) },
    kind: { tokenUses: ["booking_receipt"] },
    keys: { jwks: { keys: [] } },
  })) {
    const seen = await verify(receipt, more);
    checks.that(`a receipt for another ${what} is refused`, seen === "refused", seen);
  }
}

/** One byte, then zeros. */
const encodedBytes = (first: number, zeros: number): string =>
  Buffer.concat([Buffer.from([first]), Buffer.alloc(zeros)]).toString("base64url");

async function requests(checks: Checks, port: number, agent: Agent): Promise<void> {
  const baseUrl = `http://127.0.0.1:${port}`;
  const { json: directory } = await send(
    port,
    "GET",
    `/v1/agents/${agent.id}/http-message-signatures-directory`,
  );
  const request = { method: "POST", url: "https://shop.example/cart?x=1", body: '{"a":1}' };
  const signature = signRequest({
    ...request,
    privateJwk: agent.made.signing_key,
    agentId: agent.id,
    baseUrl,
  });
  const headers = { "content-type": "application/json", ...signature };
  const verify = (more: Partial<VerifySignedRequestOptions>): Promise<string> =>
    verdictOf(() => verifySignedRequest({ ...request, headers, directory, baseUrl, ...more }));
  const without = (name: keyof typeof headers): Record<string, string> =>
    Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));
  const input = signature["Signature-Input"];
  const stranger = generateKeyPairSync("ed25519");
  const byStranger = signRequest({
    ...request,
    privateJwk: { ...agent.made.signing_key, ...stranger.privateKey.export({ format: "jwk" }) },
    agentId: agent.id,
    baseUrl,
  });
  checks.that("the true request is taken", (await verify({})) === "taken", await verify({}));
  const cases: Readonly<Record<string, Partial<VerifySignedRequestOptions>>> = {
    "another method": { method: "PUT" },
    "another path": { url: "https://shop.example/pay?x=1" },
    "another host": { url: "https://evil.example/cart?x=1" },
    "another body": { body: '{"a":2}' },
    "no body": { body: undefined },
    "a later time": { now: new Date(Date.now() + 4_000_000) },
    "an earlier time": { now: new Date(Date.now() - 4_000_000) },
    "another agent": { agentId: "agt_other" },
    "another service": { baseUrl: "https://evil.example" },
    "an empty directory": { directory: { keys: [] } },
    "no digest": { headers: without("Content-Digest") },
    "no signature": { headers: without("Signature") },
    "no input": { headers: without("Signature-Input") },
    "no signer": { headers: without("Signature-Agent") },
    "another key": { headers: { ...headers, ...byStranger } },
    "fewer parts signed": { headers: { ...headers, "Signature-Input": input.replace(/\([^)]*\)/, "()") } },
    "a later end": {
      headers: { ...headers, "Signature-Input": input.replace(/expires=\d+/, "expires=99999999999") },
    },
    "an input that is none": { headers: { ...headers, "Signature-Input": "sig1=" } },
    "headers of another request": { headers: { ...headers, Signature: "sig1=:AAAA:" } },
  };
  for (const [what, more] of Object.entries(cases)) {
    const seen = await verify(more);
    checks.that(`a request with ${what} is refused`, seen === "refused", seen);
  }
}

async function webhooks(checks: Checks): Promise<void> {
  const secret = "whsec_of_a_test";
  const body = '{"id":"evt_1","type":"t"}';
  const now = Math.floor(Date.now() / 1_000);
  const mac = (time: number | string, text = body, key = secret): string =>
    createHmac("sha256", key).update(`${time}.${text}`).digest("hex");
  const cases: Readonly<Record<string, string>> = {
    "an old time": `t=${now - 400},v1=${mac(now - 400)}`,
    "a time to come": `t=${now + 400},v1=${mac(now + 400)}`,
    "a fresh time behind the signed one": `t=${now - 999},t=${now},v1=${mac(now - 999)}`,
    "a fresh time before the signed one": `t=${now},t=${now - 999},v1=${mac(now - 999)}`,
    "another version": `t=${now},v0=${mac(now)}`,
    "no mac": `t=${now},v1=`,
    "the first half of the mac": `t=${now},v1=${mac(now).slice(0, 32)}`,
    "a mac and more": `t=${now},v1=${mac(now)}00`,
    "the time in the body": `t=1,v1=${mac("1")}`,
    "a time that is none": `t=NaN,v1=${mac("NaN")}`,
    "a time in hex": `t=0x${now.toString(16)},v1=${mac(`0x${now.toString(16)}`)}`,
    "another secret": `t=${now},v1=${mac(now, body, "whsec_other")}`,
    "another body": `t=${now},v1=${mac(now, "{}")}`,
    nothing: "",
  };
  const verify = (signature: string): Promise<string> =>
    verdictOf(() => verifyWebhook({ body, signature, secret }));
  checks.that("the true webhook is taken", (await verify(`t=${now},v1=${mac(now)}`)) === "taken");
  for (const [what, signature] of Object.entries(cases)) {
    const seen = await verify(signature);
    checks.that(`a webhook with ${what} is refused`, seen === "refused", seen);
  }
  const empty = await verdictOf(() =>
    verifyWebhook({ body, signature: `t=${now},v1=${mac(now, body, "")}`, secret: "" }),
  );
  checks.that("a webhook under an empty secret is refused", empty === "refused", empty);
}

export const forgeries: Attack = async (checks) => {
  await using server = await startServer("agentdraft", ["--dev"]);
  const owner = await signIn(server.port, "owner@example.com");
  const agent = await owner.agent();
  await receipts(checks, server.port, owner, agent);
  await requests(checks, server.port, agent);
  await webhooks(checks);
};

import { identityFromSeed } from "@x/core";
import { describe, expect, test } from "vitest";
import { signArtifactText, signatureKey, verifyArtifact } from "../../src/wire/artifact-signature.ts";
import { base58decode, base58encode } from "../../src/wire/base58.ts";
import { deriveAgentId, deriveDid, didDocument } from "../../src/wire/identity.ts";
import { identityOf, privateKeyPem, publicKeyBase58, publicKeyPem } from "../../src/wire/keys.ts";
import { signRequest, verifyRequest } from "../../src/wire/request-signature.ts";
import { parseUuid, shownId } from "../../src/wire/uuid.ts";
import { vectors } from "../vectors.ts";

const key = vectors.test_key;
const identity = identityFromSeed(key.seed_hex);

describe("names", () => {
  test.each(vectors.identities)(
    "$author and $name give the official id and DID",
    ({ author, name, agent_id, did }) => {
      expect(deriveAgentId(author, name)).toBe(agent_id);
      expect(deriveDid(author, name)).toBe(did);
      expect(deriveDid(author, name, "x")).toBe(`${did.slice(0, -36)}x`);
    },
  );

  test.each([
    "91547067-c183-e0fd-c150-27a3ca4135ed",
    "91547067-C183-E0FD-C150-27A3CA4135ED",
    "91547067c183e0fdc15027a3ca4135ed",
    "{91547067-c183-e0fd-c150-27a3ca4135ed}",
    "urn:uuid:91547067-c183-e0fd-c150-27a3ca4135ed",
    "9154-7067c183e0fdc15027a3ca4135ed-",
  ])("S38 %s is a UUID", (text) => {
    expect(parseUuid(text)).toBe("91547067-c183-e0fd-c150-27a3ca4135ed");
  });

  test.each([
    "",
    "1",
    "test-1",
    "91547067-c183-e0fd-c150-27a3ca4135e",
    "91547067c183e0fdc15027a3ca4135eg",
    " 91547067c183e0fdc15027a3ca4135ed",
    "91547067c183e0fdc15027a3ca4135ed\n",
  ])("S38 %j is none", (text) => {
    expect(parseUuid(text)).toBeUndefined();
  });

  test("an id that is no UUID is shown as the one that its text has", () => {
    expect(shownId("91547067-c183-e0fd-c150-27a3ca4135ed")).toBe("91547067-c183-e0fd-c150-27a3ca4135ed");
    // python3 -c 'import uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, "a2a:m1"))'
    expect(shownId("m1")).toBe("efe0fd2b-b30e-5b72-b74c-dc8390b1f040");
  });
});

describe("keys", () => {
  test("the official files of a key are read and written", () => {
    expect(identityOf(key.private_pem).publicId).toBe(identity.publicId);
    expect(identityOf(key.seed_hex).publicId).toBe(identity.publicId);
    expect(identityOf(identity.exportSeed()).publicId).toBe(identity.publicId);
    expect(identityOf(identity)).toBe(identity);
    expect(privateKeyPem(identity)).toBe(key.private_pem);
    expect(publicKeyPem(identity.publicKey)).toBe(key.public_pem);
    expect(publicKeyBase58(identity.publicKey)).toBe(key.public_base58);
  });

  test.each(["", "x", key.public_pem, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])(
    "%j is no private key",
    (text) => {
      expect(() => identityOf(text)).toThrow("The seed of an identity");
    },
  );

  test("the DID document names the key", () => {
    expect(didDocument("did:bindu:a:b:c", key.public_base58, "now").authentication[0]).toEqual({
      id: "did:bindu:a:b:c#key-1",
      type: "Ed25519VerificationKey2020",
      controller: "did:bindu:a:b:c",
      publicKeyBase58: key.public_base58,
    });
  });

  test("base58 keeps leading zeros and refuses what is none", () => {
    for (const bytes of [[], [0], [0, 0, 1], [255, 255], [0, 58, 0]]) {
      expect(base58decode(base58encode(Uint8Array.from(bytes)))).toEqual(Uint8Array.from(bytes));
    }
    expect(base58encode(Uint8Array.of(0, 0, 1))).toBe("112");
    for (const text of ["0", "O", "I", "l", "é", " 1", "1".repeat(5_000)]) {
      expect(base58decode(text)).toBeUndefined();
    }
    expect(() => base58encode(new Uint8Array(5_000))).toThrow(RangeError);
  });
});

describe("signatures of artifacts", () => {
  test.each(vectors.artifact_signatures)(
    "the official signature of a text is ours: $signature",
    ({ text, signature }) => {
      expect(signArtifactText(identity, text)).toBe(signature);
      const part = { kind: "text", text, metadata: { [signatureKey]: signature } };
      expect(verifyArtifact(part, key.public_base58)).toBe(true);
      expect(verifyArtifact({ ...part, text: `${text} ` }, key.public_base58)).toBe(false);
    },
  );

  test("a signature of another agent verifies by its key alone", () => {
    for (const { text, signature, public_base58 } of vectors.artifact_signatures_foreign) {
      const part = { text, metadata: { [signatureKey]: signature } };
      expect(verifyArtifact(part, public_base58)).toBe(true);
      expect(verifyArtifact(part, key.public_base58)).toBe(false);
    }
  });

  test.each([
    {},
    { text: "a" },
    { text: 5, metadata: { [signatureKey]: "1" } },
    { text: "a", metadata: null },
    { text: "a", metadata: { [signatureKey]: 5 } },
    { text: "a", metadata: { [signatureKey]: "0" } },
    { text: "a", metadata: { [signatureKey]: "1".repeat(1_000_000) } },
    { text: "\ud800", metadata: { [signatureKey]: signArtifactText(identity, "\ufffd") } },
  ])("what is no signed part is not verified: %#", (part) => {
    expect(verifyArtifact(part, key.public_base58)).toBe(false);
    expect(verifyArtifact(part, "not a key")).toBe(false);
  });
});

describe("signatures of requests", () => {
  test.each(vectors.request_signatures)(
    "the official headers of a body are ours: $body",
    ({ body, did, timestamp, headers }) => {
      expect(signRequest({ body, did, timestamp, privateKey: key.private_pem })).toEqual(headers);
      const request = { body, headers, publicKeyBase58: key.public_base58, now: timestamp + 300 };
      expect(verifyRequest(request)).toBe(true);
      expect(verifyRequest({ ...request, now: timestamp - 300 })).toBe(true);
      expect(verifyRequest({ ...request, now: timestamp + 301 })).toBe(false);
      expect(verifyRequest({ ...request, now: timestamp - 301 })).toBe(false);
      expect(verifyRequest({ ...request, body: `${body} ` })).toBe(false);
      expect(verifyRequest({ ...request, headers: { ...headers, "X-DID": "did:other" } })).toBe(false);
    },
  );

  test("headers count in any case, and a request without them is not signed", () => {
    const headers = signRequest({ body: "x", did: "did:a", privateKey: identity });
    const lower = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]]),
    );
    expect(verifyRequest({ body: "x", headers: lower, publicKeyBase58: key.public_base58 })).toBe(true);
    for (const name of Object.keys(lower)) {
      const { [name]: _, ...rest } = lower;
      expect(verifyRequest({ body: "x", headers: rest, publicKeyBase58: key.public_base58 })).toBe(false);
    }
    const odd = { ...lower, "x-did-timestamp": "1e3" };
    expect(verifyRequest({ body: "x", headers: odd, publicKeyBase58: key.public_base58, now: 1_000 })).toBe(
      false,
    );
  });
});

import { jwkThumbprint, pythonCompactJson, sha256Hex } from "@x/core";
import { describe, expect, it } from "vitest";
import {
  agentSignatureFields,
  hashEvidence,
  ReceiptVerificationError,
  signRequest,
  verifyApprovalToken,
  verifySignedRequest,
} from "../../src/index.ts";
import { given } from "./fixture.ts";
import { type ReceiptCase, type SigningCase, vectors } from "./vector-file.ts";

describe("AD-5.5-hash evidence is hashed as Python hashes it", () => {
  // Values that JSON text cannot carry, as TypeScript has them.
  const values: Readonly<Record<string, unknown>> = {
    "datetime value (default=str)": { at: new Date("2030-01-07T10:00:00Z") },
    // Python keeps the zone it was given; a Date has none, so its text is given.
    "datetime with microseconds and offset": { at: "2030-01-07 10:00:00.123000+02:00" },
    "naive datetime": { at: "2030-01-07 10:00:00" },
    date: { d: "2030-01-07" },
    "UUID and Decimal": { u: "00000000-0000-0000-0000-000000000001", d: "1.10" },
    "tuple becomes array": { t: [1, 2] },
  };

  it("takes all 33 vectors", () => {
    expect(vectors.hash_evidence).toHaveLength(33);
  });

  for (const { name, canonical, sha256, json_text: text } of vectors.hash_evidence) {
    switch (name) {
      case "float overflow":
        it(`${name}: refused, since no JSON can say it`, () => {
          expect(() => hashEvidence({ json: text })).toThrow(
            expect.objectContaining({ code: "non_finite_number" }),
          );
        });
        break;
      case "integer dictionary keys sort as numbers":
        it(`${name}: text keys sort as text here`, () => {
          expect(pythonCompactJson({ "9": 2, "10": 1 })).toBe('{"10":1,"9":2}');
        });
        break;
      default:
        it(name, () => {
          expect(hashEvidence(text === undefined ? values[name] : { json: text })).toBe(sha256);
          expect(sha256Hex(canonical)).toBe(sha256);
        });
    }
  }

  it("a Date with milliseconds has six digits of them", () => {
    expect(hashEvidence({ at: new Date("2030-01-07T08:00:00.123Z") })).toBe(
      sha256Hex('{"at":"2030-01-07 08:00:00.123000+00:00"}'),
    );
  });

  it("a number that no integer is meant by is a float of Python", () => {
    expect(hashEvidence({ z: 1.5e300 })).toBe(
      "3071d7f3a86c813cf2337c323c2bb4f41b9d18dd4bd45f3fa09273b5bf959996",
    );
    expect(hashEvidence({ z: [1e21, -1e22, 5e-324, 1152921504606847000] })).toBe(
      "456f33d9e48da46878759e900cfab594fef79e0475eb55facd5c1c2131d85c06",
    );
  });

  it("AD-91 keeps 1.0, big integers and non-ASCII of a text", () => {
    expect(hashEvidence({ json: '{"x":1.0,"n":9007199254740993,"s":"é"}' })).toBe(
      sha256Hex('{"n":9007199254740993,"s":"\\u00e9","x":1.0}'),
    );
  });
});

describe("AD-5.4-verify receipts are judged as the official verifier judges them", () => {
  it("takes all 80 vectors", () => {
    expect(vectors.receipts.cases).toHaveLength(80);
  });

  /** Where ours refuses what the official one accepts, or says it in other words. */
  const ownWords: Readonly<Record<string, string>> = {
    "nbf as a string is ignored by the official verifier": "receipt nbf is not an integer",
    "exp is true": "receipt must carry integer iat and exp",
    "empty act.sub is accepted by the official verifier": "receipt has no acting agent",
    "approval token_use with booking RAR is accepted by the official verifier":
      "receipt token_use does not fit its RAR entry",
    "junk character inside the signature part": "token is not a valid JWS",
    "standard-base64 alphabet in signature": "token is not a valid JWS",
    "padded signature part": "token is not a valid JWS",
  };

  const verify = ({ token, options, jwks }: ReceiptCase): ReturnType<typeof verifyApprovalToken> =>
    verifyApprovalToken(token, {
      jwks: jwks ?? vectors.receipts.jwks,
      issuer: options.issuer,
      now: new Date(options.now * 1_000),
      leewaySeconds: options.leeway_seconds,
      ...given({
        audience: options.audience,
        approvalId: options.approval_id,
        actionType: options.action_type,
        evidenceSha256: options.evidence_sha256,
        consentId: options.consent_id,
        bookingId: options.booking_id,
        actionClass: options.action_class,
        paramsSha256: options.params_sha256,
        tokenUses: options.token_uses,
      }),
    });

  for (const one of vectors.receipts.cases) {
    it(one.name, async () => {
      if (one.ours_must_accept) {
        const receipt = await verify(one);
        expect(receipt.issuer).toBe(one.options.issuer);
        expect(receipt.agentId).toMatch(/^agt_/);
        return;
      }
      const error: unknown = await verify(one).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ReceiptVerificationError);
      expect(error).toMatchObject({
        message: ownWords[one.name] ?? one.official.message,
        code: "receipt_invalid",
      });
    });
  }
});

describe("AD-6-sign requests are signed byte for byte", () => {
  const { keys, cases, private_key_handling, agent_signature_fields } = vectors.web_bot_auth;
  const bodyOf = ({ body_text, body_base64 }: SigningCase["input"]): string | Uint8Array | undefined =>
    body_base64 === undefined ? body_text : new Uint8Array(Buffer.from(body_base64, "base64"));
  const sign = (one: SigningCase): ReturnType<typeof signRequest> => {
    const { input } = one;
    const key = keys[input.key];
    return signRequest({
      method: input.method,
      url: input.url,
      privateJwk: one.name === "key as a JSON string" ? JSON.stringify(key) : { ...key },
      agentId: input.agent_id,
      body: bodyOf(input),
      baseUrl: input.base_url,
      created: input.created,
      expires: input.expires,
      ttlSeconds: input.ttl_seconds,
      label: input.label,
    });
  };

  it("takes all 32 requests", () => {
    expect(cases).toHaveLength(32);
  });

  for (const one of cases) {
    const { error, headers } = one;
    it(one.name, () => {
      if (error !== undefined) {
        expect(() => sign(one)).toThrow(error.replace("ValueError: ", ""));
      } else {
        expect(sign(one)).toEqual(headers);
      }
    });

    if (headers !== undefined) {
      it(`${one.name}: and its receiver agrees`, async () => {
        const { input } = one;
        const { d: _, ...publicKey } = keys[input.key];
        const verified = await verifySignedRequest({
          method: input.method.toLowerCase(),
          url: input.url,
          headers,
          body: bodyOf(input),
          ...given({ baseUrl: input.base_url }),
          directory: { keys: [{ ...publicKey, kty: "OKP", crv: "Ed25519" }] },
          now: new Date(input.created * 1_000),
        });
        expect(verified.agentId).toBe(input.agent_id);
      });
    }
  }

  for (const { name, private_jwk, error, headers } of private_key_handling) {
    it(`private key: ${name}`, () => {
      const signed = (): unknown =>
        signRequest({
          method: "POST",
          url: "https://shop.example.com/x",
          privateJwk: private_jwk,
          agentId: "agt_1",
          baseUrl: "http://127.0.0.1:8080",
          created: 1_900_000_000,
        });
      if (error !== undefined) {
        expect(signed).toThrow(error.replace("ValueError: ", ""));
      } else {
        expect(signed()).toEqual(headers);
      }
    });
  }

  it("agentSignatureFields collects what a verifier wants, whatever the case of the names", () => {
    const { headers, method, authority, path, result } = agent_signature_fields;
    const upper = Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value] as const);
    expect(agentSignatureFields(upper, { method, authority, path })).toEqual(result);
  });

  it("agentSignatureFields lists the headers that are missing", () => {
    const request = { method: "GET", authority: "x", path: "/" };
    expect(() => agentSignatureFields({ Signature: "sig1=:AA==:" }, request)).toThrow(
      expect.objectContaining({
        details: { missing: ["Signature-Input", "Signature-Agent", "Content-Digest"] },
      }),
    );
  });
});

describe("AD-5.4-thumbprint keys are named by their RFC 7638 thumbprints", () => {
  for (const { name, x, canonical, thumbprint } of vectors.thumbprints) {
    it(name, () => {
      expect(jwkThumbprint(x)).toBe(thumbprint);
      expect(Buffer.from(sha256Hex(canonical), "hex").toString("base64url")).toBe(thumbprint);
    });
  }
});

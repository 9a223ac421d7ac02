import { createVerifier, fromHex, identityFromSeed, sha256Hex, toHex } from "@x/core";
import { describe, expect, it } from "vitest";
import { canonicalOfValues, canonicalText, readPayload } from "../../src/wire/canonical.ts";
import { didOf, isNodeId, nodeIdOf } from "../../src/wire/node-id.ts";
import { gridProfile, profileWith } from "../../src/wire/profile.ts";
import { WireRefusal } from "../../src/wire/refusal.ts";
import { newNonce, type Signing, signedBody, signedQuery, signedRpcBody } from "../../src/wire/signing.ts";
import { parseTimestamp, writeTimestamp } from "../../src/wire/timestamp.ts";
import { checkSignature, readClaim, readRegistrationKey } from "../../src/wire/verify.ts";
import { vectors } from "./vector-file.ts";

const { constants } = vectors;
const identity = identityFromSeed(constants.seed);
const verify = createVerifier(identity.publicKey);
const nowMs = Date.parse(constants.timestamp);
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

/** Signs as the vectors do, whose timestamps have no fraction. */
const signing = (more: Partial<Signing> = {}): Signing => ({
  profile: gridProfile,
  nodeId: constants.nodeId,
  signer: identity,
  wallMs: nowMs,
  nonce: constants.nonce,
  ...more,
});

const reasonOf = (run: () => unknown): string => {
  try {
    run();
    return "accepted";
  } catch (error) {
    expect(error).toBeInstanceOf(WireRefusal);
    return (error as WireRefusal).reason;
  }
};

/** As a server takes a body: read, then the fields, then the signature. */
function accept(text: string, by = verify, profile = gridProfile): void {
  const payload = readPayload(text);
  checkSignature(payload, readClaim(payload, profile, nowMs), by, profile);
}

const withSignature = (json: string, signature: string): string =>
  `${json.trimEnd().replace(/\}$/, "")}, "signature": ${JSON.stringify(signature)}}`;

describe("G1 an identity", () => {
  it.each(vectors.identity)(
    "G1 of the seed $seed has its ids, and not those of the usual mistakes",
    (row) => {
      const { publicKey } = identityFromSeed(row.seed);
      expect(toHex(publicKey)).toBe(row.publicKey);
      expect(sha256Hex(publicKey)).toBe(row.sha256);
      expect(nodeIdOf(publicKey)).toBe(row.nodeId);
      expect(didOf(publicKey)).toBe(row.did);
      expect([row.wrongNodeIdOverDigestBytes, row.wrongNodeIdOverPublicKeyHex]).not.toContain(
        nodeIdOf(publicKey),
      );
      expect(isNodeId(row.nodeId)).toBe(true);
    },
  );
});

describe("G8 the canonical form", () => {
  it.each(vectors.signatures)("G8 of values, and its signature: $name", ({ payload, seed, ...signed }) => {
    const text = canonicalOfValues(JSON.parse(payload), "python-json");
    expect(text).toBe(signed.canonical);
    expect(sha256Hex(text)).toBe(signed.sha256);
    const signer = seed === undefined ? identity : identityFromSeed(seed);
    expect(toHex(signer.sign(new TextEncoder().encode(text)))).toBe(signed.signature);
  });

  it.each(vectors.raw)("G8 of a text as it came, and its signature: $name", ({ raw, ...signed }) => {
    const text = canonicalText(readPayload(raw), "python-json");
    expect(text).toBe(signed.canonical);
    expect(sha256Hex(text)).toBe(signed.sha256);
    accept(withSignature(raw, signed.signature));
  });

  it.each(vectors.rawSigned)("G8 G9 of a whole body: $name", ({ raw }) => accept(raw));

  it.each(vectors.clientNumbers.cases)("G8 of the number $js", ({ js, canonical }) => {
    const value: unknown = Number(js);
    expect(canonicalOfValues({ value }, "python-json")).toBe(`{"value": ${canonical}}`);
  });

  it.each([
    ["NaN", { a: { b: [Number.NaN] } }, "a.b[0]"],
    ["Infinity", { a: Infinity }, "a"],
    ["a bigint", { a: 1n }, "a"],
    ["a function", { a: () => 1 }, "a"],
    ["a symbol", { a: Symbol("a") }, "a"],
    ["undefined in a list", { a: [undefined] }, "a[0]"],
    ["a lone surrogate", { a: "\ud83d" }, "a"],
    ["a lone surrogate in a name", { "\ud83d": 1 }, "\ud83d"],
    ["bytes", { a: new Uint8Array(1) }, "a"],
    ["an invalid Date", { a: new Date(Number.NaN) }, "a"],
  ])("G8 refuses %s before anything is sent", (_, payload, field) => {
    expect(() => canonicalOfValues(payload, "python-json")).toThrow(
      expect.objectContaining({ reason: "unsignable", data: { field } }),
    );
  });

  it("G8 refuses a cycle and more than 64 levels, and takes 64", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const nested = (levels: number): unknown =>
      Array.from({ length: levels - 1 }).reduce<unknown>((inner) => [inner], []);
    expect(reasonOf(() => canonicalOfValues(cycle, "python-json"))).toBe("unsignable");
    expect(reasonOf(() => canonicalOfValues({ x: nested(64) }, "python-json"))).toBe("unsignable");
    expect(canonicalOfValues({ x: nested(63) }, "python-json")).toBe(
      `{"x": ${"[".repeat(63)}${"]".repeat(63)}}`,
    );
  });

  it("G8 leaves out undefined members and asks toJSON first", () => {
    const payload = { b: undefined, a: new Date(0), c: { toJSON: () => ({ d: 1 }) } };
    expect(canonicalOfValues(payload, "python-json")).toBe(
      '{"a": "1970-01-01T00:00:00.000Z", "c": {"d": 1}}',
    );
  });
});

describe("G9 a server", () => {
  it.each(vectors.negativeSignatures)("G9 refuses $name", ({ payload, signature, reason }) => {
    expect(reasonOf(() => accept(withSignature(payload, signature)))).toBe(reason);
  });

  it.each(vectors.rawRefused)("G9 refuses $name", ({ raw, reason }) => {
    expect(reasonOf(() => readPayload(raw))).toBe(reason);
  });

  it("G9 misses each of the four fields, and takes none that is no string", () => {
    const fields = ["fromNodeId", "timestamp", "nonce", "signature"];
    const whole = { fromNodeId: "a", timestamp: constants.timestamp, nonce: constants.nonce, signature: "" };
    for (const field of fields) {
      for (const value of [undefined, 1, null]) {
        const payload = readPayload(JSON.stringify({ ...whole, [field]: value }));
        expect(() => readClaim(payload, gridProfile, nowMs)).toThrow(
          expect.objectContaining({ reason: "missing_field", data: { field } }),
        );
      }
    }
    const badNonce = readPayload(JSON.stringify({ ...whole, nonce: constants.nonce.toUpperCase() }));
    expect(reasonOf(() => readClaim(badNonce, gridProfile, nowMs))).toBe("bad_nonce");
  });

  it.each(vectors.timestamps.cases)("G12 finds the time $value to be $result", ({ value, result }) => {
    const payload = readPayload(
      JSON.stringify({ fromNodeId: "a", timestamp: value, nonce: constants.nonce, signature: "" }),
    );
    const found = reasonOf(() => readClaim(payload, gridProfile, Date.parse(vectors.timestamps.serverTime)));
    expect(found).toBe(result === "ok" ? "accepted" : result);
  });

  it("G12 counts fractions of milliseconds, and takes exactly five minutes", () => {
    const at = Date.parse("2026-01-02T03:09:05.000Z");
    expect((parseTimestamp("2026-01-02T03:09:05.0005Z") ?? 0) > at).toBe(true);
    expect(parseTimestamp("2026-01-02T03:09:05.000000Z")).toBe(at);
  });

  it.each(vectors.weakPublicKeys.keys)("G16 refuses the weak key $publicKey", ({ publicKey, nodeId }) => {
    const payload = readPayload(JSON.stringify({ publicKey }));
    expect(reasonOf(() => readRegistrationKey(payload, nodeId, gridProfile))).toBe("weak_key");
  });

  it("G16 does not take the signature that fits every message under a weak key", () => {
    const { publicKey, signature } = vectors.weakPublicKeys.universalSignature;
    expect(createVerifier(bytes(publicKey))(new TextEncoder().encode("any"), bytes(signature))).toBe(false);
  });

  it("G24 takes a key of 64 lower-case hex digits that the node id follows from", () => {
    const key = (publicKey: unknown, nodeId = constants.nodeId): string =>
      reasonOf(() => readRegistrationKey(readPayload(JSON.stringify({ publicKey })), nodeId, gridProfile));
    expect(key(constants.publicKey)).toBe("accepted");
    expect(key(undefined)).toBe("validation_error");
    expect(key(constants.publicKey.toUpperCase())).toBe("validation_error");
    expect(key("02".repeat(32))).toBe("validation_error");
    expect(key(constants.publicKey, constants.otherNodeId)).toBe("node_id_mismatch");
  });
});

describe("G8 a signed request", () => {
  it("G8 is sent as the text that was signed, with the signature behind it", async () => {
    const body = await signedBody({ query: "financial analysis", limit: 10 }, signing());
    expect(body).toBe(
      `{"fromNodeId": "${constants.nodeId}", "limit": 10, "nonce": "${constants.nonce}", "query": "financial analysis", "timestamp": "2026-01-02T03:04:05.000Z", "signature": "${JSON.parse(body).signature}"}`,
    );
    accept(body);
  });

  it.each(["python-json", "compact", "jcs"] as const)(
    "G140 is verified in the form %s",
    async (canonical) => {
      const profile = profileWith({ switches: { canonical } });
      const body = await signedBody({ a: [1.5, "\u{1f600}", {}], "\uff5e": 1 }, signing({ profile }));
      accept(body, verify, profile);
      if (canonical === "python-json") {
        expect(reasonOf(() => accept(body, verify, profileWith({ switches: { canonical: "jcs" } })))).toBe(
          "bad_signature",
        );
      }
    },
  );

  it("G140 of JSON-RPC is signed over its params, or as a whole", async () => {
    const call = { id: "1", method: "task/get", params: { taskId: "t" } };
    const overParams = JSON.parse(await signedRpcBody(call, signing()));
    expect(overParams).toMatchObject(call);
    accept(JSON.stringify(overParams.params));
    const profile = profileWith({ switches: { rpcSignScope: "envelope" } });
    const whole = await signedRpcBody(call, signing({ profile }));
    expect(JSON.parse(whole)).toMatchObject({ ...call, fromNodeId: constants.nodeId });
    accept(whole, verify, profile);
  });

  it("G14 of a GET signs every parameter as a string", async () => {
    const query = await signedQuery({ limit: "10" }, signing());
    expect(query.limit).toBe("10");
    accept(JSON.stringify(query));
  });

  it.each(vectors.queries)("G14 of the query: $name", ({ query, canonical, signature }) => {
    const payload = readPayload(JSON.stringify(Object.fromEntries(new URLSearchParams(query))));
    const { signature: _, ...rest } = payload;
    expect(canonicalText(rest, "python-json")).toBe(canonical);
    checkSignature(payload, { signature }, verify, gridProfile);
  });

  it("G14 does not take a bare plus sign, which is a space", () => {
    const params = new URLSearchParams("timestamp=2026-01-02T03:04:05.123456+00:00");
    expect(parseTimestamp(params.get("timestamp") ?? "")).toBeUndefined();
  });

  it("G17 has a nonce of its own each time", () => {
    expect(newNonce()).toMatch(/^[0-9a-f]{32}$/);
    expect(newNonce()).not.toBe(newNonce());
  });

  it("G140 writes its time in either form", () => {
    expect(writeTimestamp(nowMs + 678, "iso-ms")).toBe("2026-01-02T03:04:05.678Z");
    expect(writeTimestamp(nowMs + 678, "python")).toBe("2026-01-02T03:04:05.678000+00:00");
  });
});

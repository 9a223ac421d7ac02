import { createVerifier, generateIdentity } from "@x/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalOfValues, canonicalText, readPayload } from "../../src/wire/canonical.ts";
import { nodeIdOf } from "../../src/wire/node-id.ts";
import { profileWith } from "../../src/wire/profile.ts";
import { signedBody } from "../../src/wire/signing.ts";
import { checkSignature, readClaim } from "../../src/wire/verify.ts";

const forms = ["python-json", "compact", "jcs"] as const;
const text = fc.string({ unit: "grapheme-composite" });
const payload = fc.dictionary(
  text,
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.bigInt({ min: -(2n ** 69n), max: 2n ** 69n }).map(Number),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(text, tie("value"), { maxKeys: 4 }),
    ),
  })).value,
);

describe("G8 the canonical form", () => {
  it.each(forms)("G8 of values is that of their text, in the form %s", (form) => {
    fc.assert(
      fc.property(payload, (values) => {
        const ofValues = canonicalOfValues(values, form);
        expect(canonicalText(readPayload(JSON.stringify(values)), form)).toBe(ofValues);
        // What is sent is the canonical text itself.
        expect(canonicalText(readPayload(ofValues), form)).toBe(ofValues);
        expect(JSON.parse(ofValues)).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
  });

  it.each(forms)("G8 of whatever a client signs is verified, in the form %s", async (canonical) => {
    const identity = generateIdentity();
    const profile = profileWith({ switches: { canonical } });
    const verify = createVerifier(identity.publicKey);
    await fc.assert(
      fc.asyncProperty(payload, async (values) => {
        const wallMs = Date.UTC(2026, 0, 2);
        const nodeId = nodeIdOf(identity.publicKey);
        const body = readPayload(await signedBody(values, { profile, nodeId, signer: identity, wallMs }));
        checkSignature(body, readClaim(body, profile, wallMs), verify, profile);
      }),
      { numRuns: 50 },
    );
  });
});

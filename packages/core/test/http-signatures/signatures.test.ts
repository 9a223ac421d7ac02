import { describe, expect, it } from "vitest";
import {
  generateIdentity,
  readHttpSignature,
  requestTarget,
  type SignatureClaim,
  type SignatureRefusal,
  type SignedHttpRequest,
  signHttpRequest,
} from "../../src/index.ts";

const identity = generateIdentity();
const created = 1_900_000_000;
const options = {
  method: "POST",
  url: "https://shop.example.com/a?b=1",
  body: "{}",
  identity,
  keyId: "key-1",
  directoryUrl: "https://dir.example/keys",
  created,
  expires: created + 60,
  label: "sig1",
  tag: "web-bot-auth",
};

function received(
  changes: Partial<SignedHttpRequest> = {},
  headers: Record<string, string | undefined> = {},
): SignedHttpRequest {
  const signed: Record<string, string | undefined> = { ...signHttpRequest(options), ...headers };
  const entries = Object.entries(signed).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name.toLowerCase(), value]],
  );
  return {
    method: "POST",
    authority: "shop.example.com",
    path: "/a",
    body: "{}",
    headers: new Map(entries),
    ...changes,
  };
}

function read(request: SignedHttpRequest, now = created): SignatureClaim | SignatureRefusal {
  return readHttpSignature(request, { now, leewaySeconds: 5, tag: "web-bot-auth" });
}

/** `signed` or what is wrong. */
function verdict(request: SignedHttpRequest, now = created): string {
  const claim = read(request, now);
  if (!claim.ok) {
    return claim.problem;
  }
  return claim.isSignedBy(identity.publicKey) ? "signed" : "signature_invalid";
}

describe("a signed request", () => {
  it("is recognised by its receiver", () => {
    expect(read(received())).toMatchObject({
      ok: true,
      label: "sig1",
      keyId: "key-1",
      directoryUrl: "https://dir.example/keys",
      created,
      expires: created + 60,
    });
    expect(verdict(received())).toBe("signed");
  });

  it("is not judged at a moment that is none, which would be neither too early nor too late", () => {
    for (const now of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => read(received(), now)).toThrow(
        expect.objectContaining({ name: "InvalidArgumentError", code: "invalid_option" }),
      );
    }
  });

  it("is not judged with a leeway that is none, which would let everything pass", () => {
    for (const leewaySeconds of [Number.NaN, -1, "30" as unknown as number]) {
      expect(() =>
        readHttpSignature(received(), { now: created, leewaySeconds, tag: "web-bot-auth" }),
      ).toThrow(
        expect.objectContaining({
          name: "InvalidArgumentError",
          code: "invalid_option",
          message: expect.stringContaining("leewaySeconds must be"),
        }),
      );
    }
  });

  it("is not, with anything else in it", () => {
    expect([
      verdict(received({ method: "PUT" })),
      verdict(received({ authority: "other.example.com" })),
      verdict(received({ path: "/b" })),
      verdict(received({ body: "{ }" })),
      verdict(received({}, { "Signature-Agent": 'sig1="https://evil.example/keys";type=jwks_uri' })),
    ]).toEqual([
      "signature_invalid",
      "signature_invalid",
      "signature_invalid",
      "digest_mismatch",
      "signature_invalid",
    ]);
  });

  it("holds for its time, give or take the leeway", () => {
    expect([-6, -5, 65, 66].map((seconds) => verdict(received(), created + seconds))).toEqual([
      "signature_not_yet_valid",
      "signed",
      "signed",
      "signature_expired",
    ]);
  });

  it("is found among others by its tag", () => {
    const { "Signature-Input": input, Signature: signature } = signHttpRequest(options);
    expect(
      verdict(
        received(
          {},
          {
            "Signature-Input": `other=("@method");tag="else", ${input}`,
            Signature: `other=:AAAA:, ${signature}`,
          },
        ),
      ),
    ).toBe("signed");
  });

  it("is refused without what it needs, and nothing throws", () => {
    const input = signHttpRequest(options)["Signature-Input"];
    const inputs: readonly (readonly [string | undefined, string])[] = [
      [undefined, "signature_missing"],
      [input.replace("web-bot-auth", "other"), "signature_missing"],
      ["sig1=(", "signature_malformed"],
      ["sig1=()x", "signature_malformed"],
      ['sig1="x";tag="web-bot-auth";keyid="k"', "signature_malformed"],
      [input.replace(/;keyid="[^"]*"/, ""), "signature_malformed"],
      [input.replace(/;created=\d+/, ""), "signature_malformed"],
      [input.replace(/;created=\d+/, ';created="1"'), "signature_malformed"],
      [input.replace(/;expires=\d+/, `;expires=${created + 301}`), "signature_lifetime"],
      [input.replace('"@path" ', ""), "component_not_covered"],
      [input.replace('"content-digest"', ""), "component_not_covered"],
      [input.replace('"@path"', '"@path" "@path"'), "signature_malformed"],
      [input.replace('"@path"', '"@path";req'), "signature_malformed"],
      [input.replace('"@path"', '"@path" "x-missing"'), "signature_malformed"],
      [input.replace('key="sig1"', 'key="sig2"'), "signature_malformed"],
      [input.replace(";tag=", ";extra=1;tag="), "signature_invalid"],
    ];
    expect(inputs.map(([text]) => verdict(received({}, { "Signature-Input": text })))).toEqual(
      inputs.map(([, problem]) => problem),
    );
    for (const signature of ["sig1=:AAAA:", "sig1=:?:", "sig2=:AAAA:", "sig1=AAAA"]) {
      expect(verdict(received({}, { Signature: signature }))).toBe("signature_malformed");
    }
  });

  it("refuses to be made with what cannot be verified", () => {
    for (const [changes, code] of [
      [{ expires: created }, "invalid_signature_lifetime"],
      [{ expires: created + 301 }, "invalid_signature_lifetime"],
      [{ created: 0.5 }, "invalid_signature_lifetime"],
      [{ label: "Sig 1" }, "invalid_signature_parameter"],
      [{ keyId: "schlüssel" }, "invalid_signature_parameter"],
      [{ url: "https://a\r\nb/" }, "invalid_url"],
      [{ url: "https://a:99999/" }, "invalid_url"],
      [{ url: "https://user@/" }, "invalid_url"],
    ] as const) {
      expect(() => signHttpRequest({ ...options, ...changes })).toThrow(expect.objectContaining({ code }));
    }
  });

  it("keeps the brackets of IPv6 where it is told to", () => {
    expect(requestTarget("http://[::1]:8080/x")).toEqual({ authority: "::1:8080", path: "/x" });
    expect(requestTarget("http://[::1]:8080/x", "bracketed")).toEqual({
      authority: "[::1]:8080",
      path: "/x",
    });
  });
});

it.each([undefined, null, "", 5])(
  "a tag that is %s is refused: signatures without one would fit it",
  (tag) => {
    const options = { now: created, leewaySeconds: 5, tag: tag as never };
    expect(() => readHttpSignature(received(), options)).toThrow(
      expect.objectContaining({ name: "InvalidArgumentError", code: "invalid_option" }),
    );
  },
);

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSecretName, redact, redacted, redactText } from "../src/errors/redact.ts";

const secret = "k9fJq2mZt7Lw4xVbN8sD";

describe("names of secrets", () => {
  it.each([
    "authorization",
    "Authorization",
    "Proxy-Authorization",
    "cookie",
    "Set-Cookie",
    "api_key",
    "apiKey",
    "X-API-Key",
    "X-Workspace-Token",
    "access_token",
    "refreshToken",
    "token",
    "secret",
    "client_secret",
    "password",
    "password_hash",
    "private_key",
    "privateKey",
    "seed",
    "signature",
    "X-DID-Signature",
    "X-Amz-Signature",
    "session_id",
    "passphrase",
  ])("%s", (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    "agentId",
    "publicKey",
    "nonce",
    "key",
    "tokens",
    "signatureAlgorithm",
    "secretary",
    "idempotencyKey",
  ])("not %s", (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe("text", () => {
  it.each([
    [`GET https://h/a?x=1&signature=${secret}&y=2`, "GET https://h/a?x=1&signature=...&y=2"],
    [`https://h/a?X-Amz-Signature=${secret}`, "https://h/a?X-Amz-Signature=..."],
    [`https://h/#access_token=${secret}`, "https://h/#access_token=..."],
    [`wss://user:${secret}@h:1/x`, "wss://...@h:1/x"],
    [`Authorization: Bearer ${secret}`, "Authorization: ..."],
    [`sent "authorization": "Basic ${secret}" and "x": 1`, 'sent "authorization": ... and "x": 1'],
    [`bearer ${secret} was refused`, "bearer ... was refused"],
    [`{"api_key":"${secret}","name":"a"}`, '{"api_key":...,"name":"a"}'],
    [`{\\"secret\\":\\"${secret}\\",\\"n\\":1}`, '{\\"secret\\":...,\\"n\\":1}'],
    [`password = '${secret} with spaces'`, "password = ..."],
    [`x-api-key: ${secret}\r\nhost: h`, "x-api-key: ...\r\nhost: h"],
    ["password: swordfish", "password: ..."],
    [`signature: ${secret}`, "signature: ..."],
    ["password: 123456, attempt 2", "password: ..., attempt 2"],
    ["https://h/?token=123456", "https://h/?token=..."],
    [`-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY----- end`, "... end"],
    [`-----BEGIN EC PRIVATE KEY-----\n${secret}`, "..."],
    [`jws eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.${secret} end`, "jws ... end"],
  ])("%s", (text, shown) => {
    expect(redactText(text)).toBe(shown);
  });

  it.each([
    "lease token 42 is stale, the current token is 43",
    "token: 42, sequence: 7",
    "token=18446744073709551615 refused",
    "no password was given",
    "https://h/a?query=signature",
    "bearer of bad news",
    "the secretary: Ann",
    "invalid signature: too short",
    "token: expired.",
    "renewLease: lease job-1 is not held (LEASE_NOT_HELD)",
  ])("stays as it is: %s", (text) => {
    expect(redactText(text)).toBe(text);
  });

  it("never shows the value of a secret query parameter, wherever it stands", () => {
    const value = fc.stringMatching(/^[A-Za-z0-9._~%-]{8,40}$/);
    const filler = fc.stringMatching(/^[a-z0-9 /.,-]{0,20}$/);
    fc.assert(
      fc.property(
        value,
        fc.constantFrom("signature", "sig", "api_key", "X-Amz-Signature", "token"),
        filler,
        filler,
        (v, name, before, after) => {
          const shown = redactText(`${before}https://host/path?a=1&${name}=${v}&b=2 ${after}`);
          expect(shown).toContain(`${name}=...&b=2`);
        },
      ),
    );
  });

  it("never shows a key that says of itself what it is", () => {
    const text = "unknown key avs_live_KKKKKKKKKKKKKKKK, or whsec_SSSSSSSSSSSSSSSS";
    expect(redactText(text)).toBe("unknown key avs_live_..., or whsec_...");
  });

  it("takes time in proportion to the text, also for texts made to hurt", () => {
    // Quadratic work on a megabyte would run into the time limit of the test.
    for (const piece of [
      '"',
      "a:",
      "token",
      "token=",
      "\\",
      "://",
      "eyJ",
      "-eyJ",
      "eyJ.",
      "- ",
      "authorization",
    ]) {
      const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
      expect(redactText(text).length).toBeLessThanOrEqual(text.length + 10);
    }
  });
});

describe("data", () => {
  it("is looked at up to a bound, however large and in whatever form it is", () => {
    const long = 'token="'.repeat(1_400_000);
    expect(redact({ first: "kept", long, last: "cut" })).toEqual({ first: "kept", long: "[...]" });
    const many = redact(Array.from({ length: 1_000_000 }, () => "a")) as unknown[];
    expect(many.length).toBeLessThan(20_000);
    expect(many.at(-1)).toBe("[...]");
    const wide = redact(
      Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, index])),
    );
    expect(Object.keys(wide as object).length).toBeLessThan(20_000);
  });

  it("loses texts, lists and bytes under secret names, at any depth, and keeps the rest", () => {
    const at = new Date(0);
    const data = {
      agentId: "a",
      secret,
      list: [{ apiKey: secret, n: 1 }, `see https://h/?sig=${secret}`],
      map: new Map([["password", secret]]),
      token: 5n,
      seed: 7,
      privateKey: new Uint8Array(32),
      secrets: [secret.slice(0, 3)],
      cookie: [secret],
      payload: new Uint8Array(3),
      error: new Error(`token=${secret}`),
      at,
      none: null,
      call: () => secret,
    };
    expect(redact(data)).toEqual({
      agentId: "a",
      secret: redacted,
      list: [{ apiKey: redacted, n: 1 }, "see https://h/?sig=..."],
      map: { password: redacted },
      token: 5n,
      seed: redacted,
      privateKey: redacted,
      secrets: ["k9f"],
      cookie: redacted,
      payload: "[3 bytes]",
      error: { name: "Error", message: "token=..." },
      at,
      none: null,
      call: "[function]",
    });
    expect(data.secret).toBe(secret);
  });

  it("ends at cycles and in great depth", () => {
    const cycle: Record<string, unknown> = { a: 1 };
    cycle.self = cycle;
    expect(redact(cycle)).toEqual({ a: 1, self: "[...]" });
    let deep: unknown = { secret };
    for (let level = 0; level < 10_000; level += 1) {
      deep = { deep };
    }
    expect(JSON.stringify(redact(deep))).not.toContain(secret);
  });
});

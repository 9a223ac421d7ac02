// Uses the packed @x/core as a stranger does: signs on Node's fast path, verifies, and reads an error.
import { ok, strictEqual } from "node:assert/strict";
import { generateIdentity, isServiceError, runAttempts, UnavailableError, verifySignature } from "@x/core";
import { createFakeClock } from "@x/core/testing";

const identity = generateIdentity();
const message = new TextEncoder().encode("hello");
ok(verifySignature(identity.publicKey, message, identity.sign(message)));
ok(!verifySignature(identity.publicKey, new TextEncoder().encode("hallo"), identity.sign(message)));

strictEqual(createFakeClock().now().mono, 0);
ok(isServiceError(new UnavailableError("gone", { service: "consumer", operation: "try" })));
strictEqual(typeof runAttempts, "function");

// One thread that verifies: reads signed payloads from their text, writes them canonically and checks the signature, as the server does.

import { parentPort, workerData } from "node:worker_threads";
import { createVerifier } from "@x/core";
import { readPayload } from "../../packages/grid/src/wire/canonical.ts";
import { gridProfile } from "../../packages/grid/src/wire/profile.ts";
import { signedBody } from "../../packages/grid/src/wire/signing.ts";
import { checkSignature, readClaim } from "../../packages/grid/src/wire/verify.ts";
import { agentOf } from "./agents.ts";

/** What a thread is given. */
export interface VerifyPlan {
  readonly seed: string;
  readonly spanMs: number;
}

/** Verifications per second of this thread. */
export async function verifyFor({ seed, spanMs }: VerifyPlan): Promise<number> {
  const agent = agentOf(seed);
  const verify = createVerifier(agent.publicKey);
  const message = {
    messageId: crypto.randomUUID(),
    role: "user",
    parts: [{ type: "text", text: "x".repeat(200) }],
  };
  const texts: string[] = [];
  for (let index = 0; index < 500; index += 1) {
    texts.push(await signedBody({ message, index }, agent.signing()));
  }
  const run = (forMs: number): number => {
    const begin = performance.now();
    let done = 0;
    while (performance.now() - begin < forMs) {
      const payload = readPayload(texts[done % texts.length] ?? "");
      checkSignature(payload, readClaim(payload, gridProfile, Date.now()), verify, gridProfile);
      done += 1;
    }
    return (done / (performance.now() - begin)) * 1_000;
  };
  run(spanMs / 3);
  return run(spanMs);
}

parentPort?.postMessage(await verifyFor(workerData as VerifyPlan));

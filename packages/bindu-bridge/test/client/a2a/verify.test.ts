// Whether a task's texts were signed with the agent's key, wherever that is found.
import { identityFromSeed } from "@x/core";
import { expect, test } from "vitest";
import type { A2ATask } from "../../../src/a2a/index.ts";
import { signArtifactText } from "../../../src/wire/artifact-signature.ts";
import { didDocument } from "../../../src/wire/identity.ts";
import { publicKeyBase58 } from "../../../src/wire/keys.ts";
import { card, json, startScripted } from "./scripted.ts";

const identity = identityFromSeed(new Uint8Array(32));
const did = "did:bindu:a:b:c";
const document = didDocument(did, publicKeyBase58(identity.publicKey), "2026-01-01T00:00:00+00:00");
const signed = (text: string) => ({ "did.message.signature": signArtifactText(identity, text) });
const extensions = [{ uri: did }];

const taskOf = (...artifacts: NonNullable<A2ATask["artifacts"]>): A2ATask => ({
  id: "t",
  status: { state: "TASK_STATE_COMPLETED" },
  artifacts,
  raw: undefined,
});

test("A20 a signed text verifies with the key in the card", async () => {
  const inCard = { uri: "urn:x:a2a:bindu-card:v1", params: { didDocument: document } };
  await using agent = await startScripted(card({ capabilities: { extensions: [...extensions, inCard] } }));
  const verdict = await agent.client.verify(
    taskOf({ artifactId: "a", parts: [{ text: "Zürich", metadata: signed("Zürich") }, { data: 1 }] }),
  );
  expect(verdict).toEqual({
    isVerified: true,
    did,
    publicKeyBase58: "4zvwRjXUKGfvwnParsHAS3HuSVzV5cA4McphgmoCtajS",
    parts: [{ artifactId: "a", part: 0, verdict: "valid" }],
  });
  expect(agent.asked).toEqual([]);
});

test("A20 the key is asked for by the DID, and a text that was changed does not verify", async () => {
  await using agent = await startScripted(card({ capabilities: { extensions } }), (_, response) =>
    json(response, 200, document),
  );
  const verdict = await agent.client.verify(
    taskOf(
      { artifactId: "a", parts: [{ text: "changed", metadata: signed("text") }] },
      { artifactId: "b", parts: [{ text: "plain" }] },
      { artifactId: "c", parts: [{ text: "pie" }, { text: "ces" }], metadata: signed("pieces") },
    ),
  );
  expect(verdict.isVerified).toBe(false);
  expect(verdict.parts.map((part) => part.verdict)).toEqual(["invalid", "unsigned", "valid"]);
  expect(agent.asked[0]?.line).toBe(`GET /did/resolve?did=${encodeURIComponent(did)}`);
});

test("A20 an agent without a key, or a task without a text, verifies nothing", async () => {
  await using agent = await startScripted(card());
  await expect(agent.client.verify(taskOf())).rejects.toMatchObject({ code: "no_key" });
  const trusted = publicKeyBase58(identity.publicKey);
  expect((await agent.client.verify(taskOf(), { publicKeyBase58: trusted })).isVerified).toBe(false);
});

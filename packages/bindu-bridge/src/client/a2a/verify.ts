// Whether what an agent made was signed with its key: the texts of artifacts, by the key of its DID document.

import { Fields, isJsonObject, tolerant } from "../../wire/a2a/fields.ts";
import { extensionUris } from "../../wire/a2a/names.ts";
import type { ReadTaskState, Task } from "../../wire/a2a/objects.ts";
import { signatureKey, verifyArtifact } from "../../wire/artifact-signature.ts";
import { paths } from "../../wire/dialect.ts";
import type { A2ACallOptions } from "./call-options.ts";
import { type AgentCard, keyOfDidDocument } from "./card.ts";
import type { Connection } from "./connection.ts";
import { A2AError, serviceName } from "./errors.ts";

/** What became of one part of an artifact. Only texts are signed. */
export interface PartVerdict {
  readonly artifactId: string;
  /** Its place among the parts of the artifact. */
  readonly part: number;
  readonly verdict: "valid" | "invalid" | "unsigned";
}

export interface TaskVerdict {
  /** Whether there is a text, and all texts carry a valid signature. */
  readonly isVerified: boolean;
  readonly did: string | undefined;
  /** The key that was taken. A DID is bound to no key: compare this with the one that you trust. */
  readonly publicKeyBase58: string;
  readonly parts: readonly PartVerdict[];
}

export interface VerifyOptions extends A2ACallOptions {
  /** The key that you trust. @default the one that the agent's DID document names now */
  readonly publicKeyBase58?: string | undefined;
}

export async function verifyTask(
  connection: Connection,
  task: Task<ReadTaskState>,
  { publicKeyBase58, ...options }: VerifyOptions,
): Promise<TaskVerdict> {
  const { card } = await connection.peer(options);
  const key = publicKeyBase58 ?? (await agentKey(connection, card, options));
  const parts = (task.artifacts ?? []).flatMap(({ artifactId, parts: all, metadata }) => {
    // The last piece of a streamed artifact carries the signature over all of its text.
    const whole = metadata?.[signatureKey];
    if (whole !== undefined && all.every((part) => part.metadata?.[signatureKey] === undefined)) {
      const text = all.map((part) => part.text ?? "").join("");
      const verdict = verdictOf({ text, metadata: { [signatureKey]: whole } }, key);
      return [{ artifactId, part: 0, verdict }];
    }
    return all.flatMap((part, index): PartVerdict[] =>
      part.text === undefined ? [] : [{ artifactId, part: index, verdict: verdictOf(part, key) }],
    );
  });
  const isVerified = parts.length > 0 && parts.every(({ verdict }) => verdict === "valid");
  return { isVerified, did: card.did, publicKeyBase58: key, parts };
}

function verdictOf(part: Parameters<typeof verifyArtifact>[0], key: string): PartVerdict["verdict"] {
  if (part.metadata?.[signatureKey] === undefined) {
    return "unsigned";
  }
  return verifyArtifact(part, key) ? "valid" : "invalid";
}

/** The key of the document in the card, else of the one that the agent answers for its DID. */
async function agentKey(connection: Connection, card: AgentCard, options: A2ACallOptions): Promise<string> {
  const operation = "verify";
  const inCard = card.extensions.find(({ uri }) => uri === extensionUris.binduCard)?.params;
  const document = isJsonObject(inCard) ? new Fields(inCard, "", tolerant).value("didDocument") : undefined;
  const known = keyOfDidDocument(document);
  if (known !== undefined) {
    return known;
  }
  if (card.did !== undefined) {
    const path = `${paths.resolveDid}?did=${encodeURIComponent(card.did)}`;
    const key = keyOfDidDocument(await connection.read(path, { ...options, operation, idempotent: true }));
    if (key !== undefined) {
      return key;
    }
  }
  throw new A2AError(`${operation}: the agent names no key; give publicKeyBase58.`, {
    service: serviceName,
    operation,
    code: "no_key",
  });
}

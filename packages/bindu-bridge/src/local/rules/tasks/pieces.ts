// Artifacts from their pieces.
import { signatureKey } from "../../../wire/artifact-signature.ts";
import type { Artifact, Part } from "../model/entities.ts";

/** The artifacts with one more piece: texts grow together into one part, whose signature came with the last piece. */
export function joined(
  artifacts: readonly Artifact[],
  piece: Artifact,
  append: boolean,
): readonly Artifact[] {
  const at = artifacts.findIndex(({ artifactId }) => artifactId === piece.artifactId);
  const before = artifacts[at];
  if (before === undefined) {
    return [...artifacts, piece];
  }
  return artifacts.with(at, append ? grown(before, piece) : piece);
}

function grown(before: Artifact, piece: Artifact): Artifact {
  const { [signatureKey]: signature, ...metadata } = { ...before.metadata, ...piece.metadata };
  const { metadata: _, ...rest } = before;
  let parts = before.parts;
  for (const part of piece.parts) {
    const last = parts.at(-1);
    parts =
      last?.kind === "text" && part.kind === "text"
        ? parts.with(-1, { ...last, ...part, text: last.text + part.text })
        : [...parts, part];
  }
  return {
    ...rest,
    parts: signature === undefined ? parts : signed(parts, signature),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

function signed(parts: readonly Part[], signature: unknown): readonly Part[] {
  const last = parts.at(-1);
  return last === undefined
    ? parts
    : parts.with(-1, { ...last, metadata: { ...last.metadata, [signatureKey]: signature } });
}

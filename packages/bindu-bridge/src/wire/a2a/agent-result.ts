// What a handler of a 1.0 agent says beyond a text: artifacts of any kind, a message without a task, a refusal. It travels in
// the metadata of an answer without state, so that a core that does not know it shows the text.

import { a2aMetadataKey } from "../handler-headers.ts";
import { Fields, isJsonObject, type Report, Violations } from "./fields.ts";
import type { Artifact, Metadata, Part } from "./objects.ts";
import { readPart } from "./read.ts";

/** An artifact that has no id yet. */
export type NewArtifact = Omit<Artifact, "artifactId" | "extensions">;

/** What a handler says. */
export type AgentResult =
  | { readonly kind: "message"; readonly parts: readonly Part[] }
  | { readonly kind: "artifacts"; readonly artifacts: readonly NewArtifact[] }
  | {
      readonly kind: "end";
      readonly state: "TASK_STATE_REJECTED" | "TASK_STATE_FAILED";
      readonly parts: readonly Part[];
    };

/** What {@link a2aResult} takes: one of a message, artifacts, and a state with its message. */
export type A2AResultOptions = {
  /** Shown by a core that knows nothing of A2A 1.0. @default the texts of the parts, one a line */
  readonly content?: string | undefined;
} & (
  | {
      /** The answer is a message of its own, and there is no task to look at: in a blocking send alone. */
      readonly message: { readonly parts: readonly Part[] };
      readonly artifacts?: undefined;
      readonly state?: undefined;
    }
  | {
      /** These instead of one artifact with the text. */
      readonly artifacts: readonly NewArtifact[];
      readonly message?: undefined;
      readonly state?: undefined;
    }
  | {
      /** The task ends so, with this message. */
      readonly state: "TASK_STATE_REJECTED" | "TASK_STATE_FAILED";
      readonly message?: { readonly parts: readonly Part[] } | undefined;
      readonly artifacts?: undefined;
    }
);

/**
 * The answer of a handler that says more than a text: `return a2aResult({ artifacts: [{ parts: [{ data: { rows: 3 } }] }] })`.
 * Only a core with a face for A2A 1.0 reads it; another shows `content`.
 *
 * @throws {TypeError} for parts that are none: exactly one of `text`, `raw` (base64), `url`, `data`
 */
export function a2aResult({ content, ...result }: A2AResultOptions): {
  readonly content: string;
  readonly metadata: Readonly<Record<string, string>>;
} {
  const json = JSON.stringify(result);
  const read = readAgentResult(json);
  if ("problem" in read) {
    throw new TypeError(`a2aResult: ${read.problem}`);
  }
  const parts = read.kind === "artifacts" ? read.artifacts.flatMap((artifact) => artifact.parts) : read.parts;
  const texts = parts.flatMap(({ text }) => (text === undefined ? [] : [text]));
  return { content: content ?? texts.join("\n"), metadata: { [a2aMetadataKey]: json } };
}

/** What stands under `x.a2a`; a problem where that is nothing of the kind. */
export function readAgentResult(json: string): AgentResult | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { problem: "it is not JSON" };
  }
  const violations = new Violations();
  const result = isJsonObject(value) ? resultOf(new Fields(value, "", violations)) : undefined;
  const [first] = violations.found;
  if (first !== undefined) {
    return { problem: `${first.field}: ${first.description}` };
  }
  return result ?? { problem: "it holds neither message nor artifacts nor state" };
}

function resultOf(fields: Fields): AgentResult | undefined {
  const message = fields.inner("message", readParts);
  const artifacts = fields.list("artifacts", readNewArtifact);
  const state = fields.oneOf("state", ["TASK_STATE_REJECTED", "TASK_STATE_FAILED"]);
  if (fields.value("state") !== undefined) {
    return state && { kind: "end", state, parts: message ?? [] };
  }
  if (artifacts !== undefined) {
    return { kind: "artifacts", artifacts };
  }
  return message && { kind: "message", parts: message };
}

function readParts(value: unknown, path: string, report: Report): readonly Part[] {
  return someParts(new Fields(value, path, report));
}

function readNewArtifact(value: unknown, path: string, report: Report): NewArtifact {
  const fields = new Fields(value, path, report);
  const metadata: Metadata | undefined = fields.struct("metadata");
  return {
    name: fields.text("name"),
    description: fields.text("description"),
    parts: someParts(fields),
    metadata,
  };
}

function someParts(fields: Fields): readonly Part[] {
  return fields.list("parts", readPart) ?? fields.wrong("parts", "must hold at least one part") ?? [];
}

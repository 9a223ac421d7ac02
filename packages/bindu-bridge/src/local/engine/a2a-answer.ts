// What a handler says in the words of A2A 1.0, as the end of its turn.
import { randomUUID } from "node:crypto";
import { readAgentResult } from "../../wire/a2a/agent-result.ts";
import type * as a2a from "../../wire/a2a/objects.ts";
import { failurePrefix } from "../../wire/dialect.ts";
import { wellFormed } from "../../wire/well-formed.ts";
import type { Artifact, NewMessage, Part } from "../rules/model/entities.ts";
import type { Ending, Shown } from "./ending.ts";

/** The members that are there: a record has none that is `undefined`. */
type Given<Value> = {
  [Name in keyof Value as undefined extends Value[Name] ? never : Name]: Value[Name];
} & {
  [Name in keyof Value as undefined extends Value[Name] ? Name : never]?: Exclude<Value[Name], undefined>;
};

export function given<Value extends object>(value: Value): Given<Value> {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members) as Given<Value>;
}

/** The parts of a message or an artifact that a caller, or a handler, wrote in 1.0, as they are stored. */
export function partsFromA2A(parts: readonly a2a.Part[]): readonly Part[] {
  return parts.map((part): Part => {
    const { metadata, filename, mediaType } = part;
    if (part.text !== undefined) {
      return given({ kind: "text" as const, text: part.text, metadata, filename, mediaType });
    }
    if (part.raw !== undefined || part.url !== undefined) {
      const file = given({ bytes: part.raw ?? "", uri: part.url, mimeType: mediaType, name: filename });
      return given({ kind: "file" as const, file, metadata });
    }
    return { kind: "data", data: part.data, ...given({ metadata, filename, mediaType }) };
  });
}

/** The message of an agent. */
export const agentMessage = (parts: readonly Part[]): Omit<NewMessage, "contextId"> => ({
  messageId: randomUUID(),
  role: "agent",
  parts,
});

/**
 * The end of a turn whose answer holds `x.a2a`: artifacts, a message without a task, a refusal. Artifacts take the place of a text
 * that was shown before.
 */
export function endingOfResult(json: string, shown: Shown): Ending {
  const result = wellFormed(readAgentResult(json));
  if ("problem" in result) {
    const text = `${failurePrefix}INTERNAL: the metadata x.a2a of the answer is invalid: ${result.problem}`;
    return said("failed", [{ kind: "text", text }]);
  }
  switch (result.kind) {
    case "message":
      return { ...said("completed", partsFromA2A(result.parts)), direct: true };
    case "end":
      return said(result.state === "TASK_STATE_REJECTED" ? "rejected" : "failed", partsFromA2A(result.parts));
    case "artifacts": {
      const pieces = result.artifacts.map(({ name, description, parts, metadata }, index) => {
        const artifact: Artifact = given({
          artifactId: index === 0 && shown.text !== "" ? shown.artifactId : randomUUID(),
          name: name ?? "result",
          description,
          parts: partsFromA2A(parts),
          metadata,
        });
        return { artifact, append: false, last: true };
      });
      return { state: "completed", said: false, direct: false, pieces };
    }
  }
}

function said(state: Ending["state"], parts: readonly Part[]): Ending {
  return {
    state,
    said: true,
    direct: false,
    pieces: [],
    ...(parts.length === 0 ? {} : { message: agentMessage(parts) }),
  };
}

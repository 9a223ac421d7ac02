// Messages, artifacts and metadata as they come: checked, and kept as text so that their numbers stay as they were written.
import { type JsonObject, type JsonValue, pythonJson, sha256Hex } from "@x/core";
import { readPart } from "../../wire/forms.ts";
import { namesOf } from "../../wire/names.ts";
import type { Field, GridWireProfile } from "../../wire/profile.ts";
import type { NewArtifact, NewMessage } from "../rules/model/commands.ts";
import type { JsonText } from "../rules/model/entities.ts";
import { badMember } from "./errors.ts";
import { type Fields, fieldsOf, isObject } from "./fields.ts";

const encoder = new TextEncoder();
const mostParts = 100;
const mostMetadataBytes = 16 * 1_024;

/** JSON without loss, and equal for what is equal. */
const jsonText = (value: unknown): JsonText =>
  pythonJson(value, { sortKeys: true, compact: true, ensureAscii: false });

/** Of what a request asks for: another one under the same id has another. */
export const fingerprintOf = (...facts: readonly unknown[]): string =>
  sha256Hex(encoder.encode(jsonText(facts.map((fact) => fact ?? null))));

/** What a message says of itself beside its parts. */
export interface ReadMessage {
  readonly message: Omit<NewMessage, "fingerprint">;
  readonly taskId: string | undefined;
  readonly contextId: string | undefined;
}

const idForm = { min: 1, max: 128 };

export function readMessage(value: JsonValue, profile: GridWireProfile): ReadMessage {
  if (typeof value === "string") {
    const message = { messageId: null, parts: jsonText([{ type: "text", text: value }]), metadata: null };
    return { message, taskId: undefined, contextId: undefined };
  }
  if (!isObject(value)) {
    throw badMember("message", "must be an object, or a text");
  }
  const fields = fieldsOf(value, namesOf(profile));
  return {
    message: {
      messageId: fields.optionalText("messageId", idForm) ?? null,
      parts: readParts(fields, profile),
      metadata: readMetadata(fields),
    },
    taskId: fields.optionalText("taskId", idForm),
    contextId: fields.optionalText("contextId", idForm),
  };
}

export function readMetadata(fields: Fields): JsonText | null {
  const metadata = fields.optionalObject("metadata");
  if (metadata === undefined) {
    return null;
  }
  const text = jsonText(metadata);
  if (encoder.encode(text).length > mostMetadataBytes) {
    throw badMember("metadata", `must be at most ${mostMetadataBytes} bytes`);
  }
  return text;
}

function readParts(fields: Fields, profile: GridWireProfile): JsonText {
  const parts = fields.raw("parts");
  if (!Array.isArray(parts) || parts.length === 0 || parts.length > mostParts) {
    throw badMember("parts", `must be a list of 1 to ${mostParts} parts`);
  }
  return jsonText(
    parts.map((part: JsonValue) => {
      if (!isObject(part)) {
        throw badMember("parts", "must be objects");
      }
      return checkedPart(readPart(part, profile) as JsonObject, profile);
    }),
  );
}

function checkedPart(part: JsonObject, profile: GridWireProfile): JsonObject {
  switch (part.type) {
    case "text":
      if (typeof part.text !== "string") {
        throw badMember("text", "must be a text");
      }
      return part;
    case "file": {
      if (!isObject(part.file)) {
        throw badMember("file", "must be an object");
      }
      const file = fieldsOf(part.file, namesOf(profile));
      const unbounded = { max: Number.MAX_SAFE_INTEGER };
      for (const name of ["name", "mimeType", "bytes", "uri"] satisfies Field[]) {
        file.optionalText(name, unbounded);
      }
      if (file.raw("bytes") === undefined && file.raw("uri") === undefined) {
        throw badMember("file", "must have bytes, or a uri");
      }
      return part;
    }
    case "data":
      if (!isObject(part.data)) {
        throw badMember("data", "must be an object");
      }
      return part;
    default:
      throw badMember("parts", 'must be of the type "text", "file" or "data"');
  }
}

export function readArtifact(value: JsonObject, profile: GridWireProfile): NewArtifact {
  const fields = fieldsOf(value, namesOf(profile));
  return {
    artifactId: fields.optionalText("artifactId", idForm) ?? null,
    name: fields.optionalText("name", { max: 200 }) ?? null,
    description: fields.optionalText("description", { max: 2_000 }) ?? null,
    parts: readParts(fields, profile),
    metadata: readMetadata(fields),
  };
}

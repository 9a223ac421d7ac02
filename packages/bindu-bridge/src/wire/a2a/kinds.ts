// What A2A 0.3 and Bindu's dialect have in common: parts with a `kind`, states and roles in lower case. Reading takes either
// spelling of names, so that both are read by one code.

import { Fields, isJsonObject, tolerant } from "./fields.ts";
import { type Metadata, type Part, type ReadTaskState, type Role, taskStates } from "./objects.ts";

/** The states of 0.3 and of Bindu: `input-required` for `TASK_STATE_INPUT_REQUIRED`. */
export function oldState(state: ReadTaskState): string {
  return oldStates.get(state) ?? "unknown";
}

const oldStates: ReadonlyMap<ReadTaskState, string> = new Map(
  taskStates.map((state) => [state, state.slice("TASK_STATE_".length).toLowerCase().replaceAll("_", "-")]),
);

const newStates: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  ...[...oldStates].map(([state, old]): [unknown, string] => [old, state]),
  // The dialect's word for a wait that 1.0 knows as one for input.
  ["payment-required", "TASK_STATE_INPUT_REQUIRED"],
]);

/** What is none of theirs stays as it is, for the reader of 1.0 to judge. */
function newState(state: unknown): unknown {
  return newStates.get(state) ?? state;
}

const newRoles: ReadonlyMap<unknown, Role> = new Map<unknown, Role>([
  ["user", "ROLE_USER"],
  ["agent", "ROLE_AGENT"],
  ["assistant", "ROLE_AGENT"],
  ["system", "ROLE_USER"],
]);

/** The member of a message's metadata that says which role it had in the dialect. */
export const roleKey = "x-bindu.role";

/** Says that the data of a part is no object, and therefore is the member `value` of one. */
export const compatKey = "data_part_compat";

/** A part as 0.3 and the dialect have it; the dialect adds `text` to those of data and files. */
export type KindPart =
  | { readonly kind: "text"; readonly text: string; readonly metadata?: Metadata | undefined }
  | { readonly kind: "data"; readonly data: Metadata; readonly metadata?: Metadata | undefined }
  | { readonly kind: "file"; readonly file: KindFile; readonly metadata?: Metadata | undefined };

export interface KindFile {
  readonly bytes?: string | undefined;
  readonly uri?: string | undefined;
  readonly mimeType?: string | undefined;
  readonly name?: string | undefined;
}

export function partToKind(part: Part): KindPart {
  const { metadata, mediaType, filename } = part;
  if (part.text !== undefined) {
    return { kind: "text", text: part.text, metadata };
  }
  if (part.raw !== undefined) {
    return { kind: "file", file: { bytes: part.raw, mimeType: mediaType, name: filename }, metadata };
  }
  if (part.url !== undefined) {
    return { kind: "file", file: { uri: part.url, mimeType: mediaType, name: filename }, metadata };
  }
  const { data } = part;
  return isJsonObject(data)
    ? { kind: "data", data, metadata }
    : { kind: "data", data: { value: data }, metadata: { ...metadata, [compatKey]: true } };
}

/** The members of a 1.0 part for what may be one of theirs; anything else as it is, for the reader of 1.0 to judge. */
function partFromKind(value: unknown): unknown {
  const fields = new Fields(value, "", tolerant);
  const metadata = fields.value("metadata");
  switch (fields.value("kind")) {
    case "text":
      return { text: fields.value("text"), metadata };
    case "data":
      return dataFromKind(fields.raw("data"), metadata);
    case "file": {
      const file = new Fields(fields.value("file"), "", tolerant);
      const uri = file.text("uri");
      const raw = file.value("bytes");
      return {
        // The dialect wants bytes beside a URI too, and takes empty ones for none.
        ...(uri !== undefined && (raw ?? "") === "" ? { url: uri } : { raw }),
        mediaType: file.value("mimeType"),
        filename: file.value("name"),
        metadata,
      };
    }
    default:
      return value;
  }
}

function dataFromKind(data: unknown, metadata: unknown): unknown {
  if (isJsonObject(metadata) && metadata[compatKey] === true && isJsonObject(data) && "value" in data) {
    const { [compatKey]: _, ...others } = metadata;
    return { data: data.value, metadata: others };
  }
  return { data, metadata };
}

const mapped = (value: unknown, map: (item: unknown) => unknown): unknown =>
  Array.isArray(value) ? value.map(map) : value;

/** The members of a 1.0 message. */
export function messageFromKind(value: unknown): unknown {
  if (!isJsonObject(value)) {
    return value;
  }
  const fields = new Fields(value, "", tolerant);
  const { kind: _, role, ...others } = value;
  const metadata = fields.value("metadata");
  return {
    ...others,
    role: newRoles.get(role) ?? role,
    parts: mapped(fields.value("parts"), partFromKind),
    metadata: role === "system" ? { ...(isJsonObject(metadata) ? metadata : {}), [roleKey]: role } : metadata,
  };
}

function artifactFromKind(value: unknown): unknown {
  return isJsonObject(value) ? { ...value, parts: mapped(value.parts, partFromKind) } : value;
}

function statusFromKind(value: unknown): unknown {
  const { message, state, ...others } = isJsonObject(value) ? value : {};
  return { ...others, state: newState(state), message: message ? messageFromKind(message) : undefined };
}

/** The members of a 1.0 task. */
export function taskFromKind(value: unknown): unknown {
  if (!isJsonObject(value)) {
    return value;
  }
  const { kind: _, status, history, artifacts, ...others } = value;
  return {
    ...others,
    status: statusFromKind(status),
    history: mapped(history, messageFromKind),
    artifacts: mapped(artifacts, artifactFromKind),
  };
}

/** The members of a 1.0 StreamResponse for an event that says its kind; what says none as it is. */
export function eventFromKind(value: unknown): unknown {
  if (!isJsonObject(value)) {
    return value;
  }
  const { kind, ...others } = value;
  switch (kind) {
    case "task":
      return { task: taskFromKind(value) };
    case "message":
      return { message: messageFromKind(value) };
    case "status-update":
      return { statusUpdate: { ...others, status: statusFromKind(others.status) } };
    case "artifact-update":
      return { artifactUpdate: { ...others, artifact: artifactFromKind(others.artifact) } };
    default:
      return value;
  }
}

// Parts of messages and artifacts: `kind` in A2A 0.3, the member itself in A2A 1.0.

import type { ReceivedPart } from "../types.ts";
import { isBody } from "../wire/forms.ts";
import { type A2AObject, type A2AVersion, present } from "./words.ts";

/** The parts that A2A has, and the paths of the others. */
export function partsToA2A(
  parts: readonly ReceivedPart[],
  version: A2AVersion,
  path: string,
  lost: string[],
): A2AObject[] {
  return parts.flatMap((part, index) => {
    const mapped = partToA2A({ ...part }, version);
    if (mapped === undefined) {
      lost.push(`${path}[${index}]`);
      return [];
    }
    return [mapped];
  });
}

function partToA2A({ type, metadata, ...rest }: A2AObject, version: A2AVersion): A2AObject | undefined {
  const { text, file, data } = rest;
  const more = isBody(metadata) ? { metadata } : {};
  const isOld = version === "0.3";
  if (type === "text" && typeof text === "string") {
    return isOld ? { kind: type, text, ...more } : { text, ...more };
  }
  if (type === "data" && data !== undefined) {
    return isOld ? { kind: type, data, ...more } : { data, ...more };
  }
  if (type === "file" && isBody(file)) {
    const { name, mimeType, bytes, uri } = file;
    return isOld
      ? { kind: type, file: present({ name, mimeType, bytes, uri }), ...more }
      : { ...present({ raw: bytes, url: uri, filename: name, mediaType: mimeType }), ...more };
  }
  return undefined;
}

/** Parts of either generation in Grid's form, and the paths of those that Grid does not have. */
export function partsFromA2A(parts: unknown, path: string, lost: string[]): ReceivedPart[] {
  const list: readonly unknown[] = Array.isArray(parts) ? parts : [];
  return list.flatMap((part, index) => {
    const mapped = isBody(part) ? partFromA2A(part) : undefined;
    if (mapped === undefined) {
      lost.push(`${path}[${index}]`);
      return [];
    }
    return [mapped];
  });
}

function partFromA2A({
  text,
  data,
  file,
  raw,
  url,
  filename,
  mediaType,
  metadata,
}: A2AObject): ReceivedPart | undefined {
  const more = isBody(metadata) ? { metadata } : {};
  if (typeof text === "string") {
    return { type: "text", text, ...more };
  }
  if (isBody(data)) {
    return { type: "data", data, ...more };
  }
  if (isBody(file)) {
    return { type: "file", file: { ...file }, ...more };
  }
  return typeof raw === "string" || typeof url === "string"
    ? { type: "file", file: present({ name: filename, mimeType: mediaType, bytes: raw, uri: url }), ...more }
    : undefined;
}

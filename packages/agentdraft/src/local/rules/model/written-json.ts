// JSON of users: as it was written, and in the form that is hashed.
import { parseJson, pythonCompactJson } from "@x/core";
import type { JsonText, WrittenJson } from "./views.ts";

/** Both forms of a text that was kept. */
export function writtenJson(text: JsonText): WrittenJson;
export function writtenJson(text: JsonText | null): WrittenJson | null;
export function writtenJson(text: JsonText | null): WrittenJson | null {
  return text === null ? null : { text, canonical: pythonCompactJson(parseJson(text)) };
}

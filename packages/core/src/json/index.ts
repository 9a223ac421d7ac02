// JSON that can be signed and hashed: reading that keeps numbers as written, writing in canonical forms.

export { defaultMaxDepth, nestsDeeperThan } from "./depth.ts";
export type { JsonProblem } from "./json-error.ts";
export { isJsonNumber, type JsonNumber, jsonNumber } from "./number.ts";
export {
  type JsonObject,
  type JsonValue,
  type ParseJsonOptions,
  parseJson,
  parsePlainJson,
  toPlainJson,
} from "./parse.ts";
export { canonicalJson, type PythonJsonOptions, pythonCompactJson, pythonJson } from "./write.ts";

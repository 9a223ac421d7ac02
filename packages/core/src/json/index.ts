// JSON that can be signed and hashed: reading that keeps numbers as written, writing in canonical forms.

export { compareCodePoints } from "./key-order.ts";
export { isJsonNumber, type JsonNumber, jsonNumber } from "./number.ts";
export {
  type JsonObject,
  type JsonValue,
  type ParseJsonOptions,
  parseJson,
  toPlainJson,
} from "./parse.ts";
export { jsonMembers } from "./reader.ts";
export { canonicalJson, type PythonJsonOptions, pythonCompactJson, pythonJson } from "./write.ts";

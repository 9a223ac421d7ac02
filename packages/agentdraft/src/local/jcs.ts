// RFC 8785 for what the audit chain holds: strings, whole numbers, booleans, null, and containers of those.
import type { AuditValue } from "./views.ts";

/** Strings must be well-formed: a lone surrogate has no UTF-8. */
export function jcs(value: AuditValue): string {
  if (typeof value !== "object" || value === null) {
    return JSON.stringify(value);
  }
  if (isList(value)) {
    return `[${value.map(jcs).join(",")}]`;
  }
  // By UTF-16 unit, as the default order of sort is and RFC 8785 asks.
  let text = "";
  for (const key of Object.keys(value).sort()) {
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${jcs(value[key] ?? null)}`;
  }
  return `{${text}}`;
}

function isList(value: object): value is readonly AuditValue[] {
  return Array.isArray(value);
}

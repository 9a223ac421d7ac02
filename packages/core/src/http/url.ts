// Builds URLs from a base, a path with ids in it, and a query.

import { InvalidArgumentError } from "../errors/error-kinds.ts";

/** Values of a query; `undefined` ones are left out. */
export type Query = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

/**
 * A base URL without trailing slashes.
 *
 * @throws InvalidArgumentError `invalid_base_url`
 */
export function checkBaseUrl(baseUrl: string, service: string): string {
  const trimmed = baseUrl.trim().replace(/\/+$/, "");
  const parsed = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  const isHttp = parsed?.protocol === "http:" || parsed?.protocol === "https:";
  if (
    !isHttp ||
    parsed.search !== "" ||
    parsed.hash !== "" ||
    parsed.username !== "" ||
    parsed.password !== ""
  ) {
    throw new InvalidArgumentError(
      `The base URL is http:// or https:// with a host and perhaps a path; not "${trimmed}".`,
      { service, operation: "constructor", code: "invalid_base_url" },
    );
  }
  return trimmed;
}

/**
 * Fills `{name}` in a path with encoded values: `fillPath("/v1/bookings/{id}", { id })`.
 *
 * @throws InvalidArgumentError `invalid_path_value` for a value that is empty, `.` or `..`, which would name another path
 */
export function fillPath(
  template: string,
  values: Readonly<Record<string, string>>,
  call: { readonly service: string; readonly operation: string },
  encode: (value: string) => string = encodeURIComponent,
): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (typeof value !== "string" || value === "" || value === "." || value === "..") {
      throw new InvalidArgumentError(
        `${call.operation}: ${name} must be a non-empty id, not ${JSON.stringify(value)}.`,
        { ...call, code: "invalid_path_value" },
      );
    }
    return encode(value);
  });
}

/** `?a=1&b=2`, or nothing. Spaces and `+` are percent-encoded. */
export function queryText(query: Query | undefined): string {
  let text = "";
  for (const name in query) {
    const value = query[name];
    if (value !== undefined) {
      text += `${text === "" ? "?" : "&"}${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`;
    }
  }
  return text;
}

// URLs as both ends of this wire read them: Python wants the host written out, where JavaScript finds one in `http:x` and `http:///x`.

/** An http or https URL with a host behind two slashes; `undefined` for anything else. */
export function parseHttpUrl(text: string): URL | undefined {
  return /^\s*https?:\/\/[^/\\?#]/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}

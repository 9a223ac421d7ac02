// Bytes in ProtoJSON: read from base64 or base64url, padded or not, written as padded standard base64.

/** The standard form of a base64 text; `undefined` if it is none. */
export function standardBase64(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) {
    return undefined;
  }
  const digits = text.replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/");
  const rest = digits.length % 4;
  return rest === 1 ? undefined : digits.padEnd(digits.length + ((4 - rest) % 4), "=");
}

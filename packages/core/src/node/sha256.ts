// SHA-256, its message code, and SHA-1 for names, by node:crypto, loaded at the first hash.

let loaded: typeof import("node:crypto") | undefined;

function crypto(): typeof import("node:crypto") {
  loaded ??= process.getBuiltinModule("node:crypto");
  return loaded;
}

export function sha256(data: string | Uint8Array): Uint8Array {
  return crypto().hash("sha256", data, "buffer");
}

export function sha256Hex(data: string | Uint8Array): string {
  return crypto().hash("sha256", data, "hex");
}

export function hmacSha256(key: string | Uint8Array, data: string | Uint8Array): Uint8Array {
  return crypto().createHmac("sha256", key).update(data).digest();
}

export function sha1(data: string | Uint8Array): Uint8Array {
  return crypto().hash("sha1", data, "buffer");
}

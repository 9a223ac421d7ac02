// SHA-256 by node:crypto, loaded at the first hash.

let digest: typeof import("node:crypto").hash | undefined;

export function sha256(data: Uint8Array): Uint8Array {
  digest ??= process.getBuiltinModule("node:crypto").hash;
  return digest("sha256", data, "buffer");
}

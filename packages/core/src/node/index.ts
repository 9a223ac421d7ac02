// The public surface of `@x/core/node`: what needs a file system or node:crypto.

export {
  type IdentityCodec,
  identityJson,
  type KeyFileOptions,
  loadIdentity,
  loadOrCreateIdentity,
  saveIdentity,
} from "./key-file.ts";
export { KeyFileError } from "./private-file.ts";

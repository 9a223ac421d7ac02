// What needs a file system: where identities lie.

export { defaultIdentityDir, loadIdentityFile } from "./identity-files.ts";

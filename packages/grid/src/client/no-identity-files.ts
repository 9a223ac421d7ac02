// Where there is no file system: says so. On Node the import `#identity-files` is ../node/identity-files.ts instead.

import { GridError } from "../errors.ts";
import type { FoundIdentity, IdentityOptions } from "./identity.ts";

/** @throws GridError `no_file_system` */
export function loadIdentityFile(_options: IdentityOptions): Promise<FoundIdentity> {
  return Promise.reject(
    new GridError(
      "There are no identity files in this runtime: give `identity`, a seed or { publicKey, sign }.",
      {
        reason: "no_file_system",
      },
    ),
  );
}

// Where there is no file system: bytes can be uploaded, paths cannot.

import { Unsupported } from "../errors.ts";

/** @throws Unsupported always */
export function readFile(path: string): Promise<{ readonly bytes: Uint8Array; readonly name: string }> {
  return Promise.reject(
    new Unsupported(`uploadFile: there are no files here; pass the bytes of ${JSON.stringify(path)}.`, {
      operation: "uploadFile",
    }),
  );
}

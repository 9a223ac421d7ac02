// Reads a file that is uploaded by its path.

import { readFile as readBytes } from "node:fs/promises";
import { basename } from "node:path";

/** @throws the error of the file system, such as `ENOENT` */
export async function readFile(path: string): Promise<{ readonly bytes: Uint8Array; readonly name: string }> {
  return { bytes: await readBytes(path), name: basename(path) };
}

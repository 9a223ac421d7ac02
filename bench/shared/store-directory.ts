// A directory for a durable server under measurement, on the disk of the repository, which temporary folders may not be on.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

export interface StoreDirectory extends Disposable {
  readonly path: string;
  /** The flag that makes a server keep everything there. */
  readonly flag: string;
}

/** @param name names the folder of the question */
export function storeDirectory(name: string): StoreDirectory {
  const work = join(import.meta.dirname, "..", "..", ".work", `bench-${name}`);
  mkdirSync(work, { recursive: true });
  const path = mkdtempSync(join(work, "store-"));
  return {
    path,
    flag: `--data-dir=${path}`,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

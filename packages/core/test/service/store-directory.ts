// A directory for one store, gone with its test.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface StoreDirectory extends Disposable {
  /** Not made yet, so that a journal makes it. */
  readonly path: string;
  /** The database in it. */
  readonly file: string;
  /** The log beside the database. */
  readonly wal: string;
  /** Says how far the log is durable. */
  readonly mark: string;
}

export function storeDirectory(): StoreDirectory {
  const parent = mkdtempSync(join(tmpdir(), "journal-"));
  const path = join(parent, "deep", "data");
  const file = join(path, "store.db");
  return {
    path,
    file,
    wal: `${file}-wal`,
    mark: `${file}-mark`,
    [Symbol.dispose]: () => rmSync(parent, { recursive: true, force: true }),
  };
}

// The making of a new store, which no crash leaves half done.
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { syncDirectory } from "../../../node/make-directory.ts";
import { metaChecksum } from "./checksum.ts";
import type { SqliteModule } from "./identity.ts";
import { createTables, type Meta, pageBytes, storeFormat } from "./schema.ts";

/** A random id, of a store or of its writer. */
export const newId = (): string => randomBytes(8).toString("hex");

/** The row about a store that nobody has opened yet. */
export const newMeta = (product: string): Meta => ({
  product,
  history: newId(),
  epoch: 0,
  writer: newId(),
  forgotten: 0,
  indexed: 0,
  last: 0,
  clean: true,
});

export const insertMeta = "INSERT OR REPLACE INTO meta VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

export function metaRow(meta: Meta): [string, number, string, number, string, ...number[]] {
  const { product, history, epoch, writer, forgotten, indexed, last, clean } = meta;
  const checksum = metaChecksum(storeFormat, meta);
  return [product, storeFormat, history, epoch, writer, forgotten, indexed, last, clean ? 1 : 0, checksum];
}

/** Makes a new store beside its place and puts it there whole, so that no crash leaves half a store behind. */
export function createStore(sqlite: SqliteModule, path: string, product: string): void {
  const draft = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  writeFileSync(draft, "", { mode: 0o600, flag: "wx" });
  try {
    const database = new sqlite.DatabaseSync(draft);
    try {
      database.exec(`PRAGMA page_size=${pageBytes}; PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL; BEGIN`);
      database.exec(createTables);
      database.prepare(insertMeta).run(...metaRow(newMeta(product)));
      database.exec("COMMIT");
    } finally {
      database.close();
    }
    putInPlace(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Gives a draft its name, unless somebody was faster; then it is that store that is opened. */
function putInPlace(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch {
    // There, or a file system without hard links: whoever could be faster is kept out by `hold`, where there is that.
    if (!existsSync(path)) {
      renameSync(draft, path);
    }
  }
  syncDirectory(dirname(path));
}

/** Removes what first starts that were killed left behind. Only while the directory is held. */
export function removeDrafts(path: string): void {
  const directory = dirname(path);
  const draft = new RegExp(`^${basename(path).replace(".", "\\.")}\\.\\d+-[a-z0-9]+(-wal|-shm|-journal)?$`);
  for (const name of readdirSync(directory)) {
    if (draft.test(name)) {
      rmSync(join(directory, name), { force: true });
    }
  }
}

// The making of a new store, which no crash leaves half done.
import { linkSync, rmSync, writeFileSync } from "node:fs";
import { metaChecksum } from "../checksum.ts";
import { createTables, pageBytes, storeFormat } from "./schema.ts";

/** Makes a new store beside its place and links it in whole, so that no crash leaves half a store behind. */
export function createStore(sqlite: typeof import("node:sqlite"), path: string): void {
  const draft = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  writeFileSync(draft, "", { mode: 0o600, flag: "wx" });
  try {
    const database = new sqlite.DatabaseSync(draft);
    try {
      database.exec(`PRAGMA page_size=${pageBytes}; PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL; BEGIN`);
      database.exec(createTables);
      database
        .prepare("INSERT INTO meta VALUES (1, ?, 0, 0, 0, 1, ?)")
        .run(storeFormat, metaChecksum(storeFormat, { epoch: 0, forgotten: 0, indexed: 0, clean: true }));
      database.exec("COMMIT");
    } finally {
      database.close();
    }
    linkSync(draft, path);
  } catch (error) {
    // Somebody else was faster; then it is that store that is opened.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
      throw error;
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

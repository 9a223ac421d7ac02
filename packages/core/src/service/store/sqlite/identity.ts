// Whose store it is, asked before anything of it is touched.
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { JournalError } from "../journal.ts";
import type { Stored } from "../record-codec.ts";
import { metaChecksum } from "./checksum.ts";
import { type Meta, storeFormat } from "./schema.ts";

export type SqliteModule = typeof import("node:sqlite");

/** Whose a store must be. */
export interface StoreOwner {
  readonly product: string;
  /**
   * Whether a store of format 1, which had no name, is this product's: judged by its first record, or by the first piece of
   * its oldest snapshot when that record is forgotten.
   *
   * @default every one is
   */
  readonly adopts?: ((first: Stored) => boolean) | undefined;
}

export function foreignStore(directory: string, owner: string, { product }: StoreOwner): JournalError {
  return new JournalError("foreign", `the store in ${directory} belongs to ${owner}, not to ${product}`);
}

export function newerFormat(directory: string, format: number): JournalError {
  return new JournalError(
    "foreign",
    `the store in ${directory} (store.db) has format ${format}, and this version reads up to format ${storeFormat}: ` +
      "a newer version has written it",
  );
}

/** What can be told of a store by looking at the database alone. */
export interface Glance {
  /** Whether it was closed in order: then nothing that matters is in its log. */
  readonly clean: boolean;
  /** Undefined before format 2. */
  readonly history: string | undefined;
}

/**
 * Looks at a store without a lock and without a write. What cannot be read is undefined: opening it says why.
 *
 * @throws {JournalError} `foreign`
 */
export function glance(
  sqlite: SqliteModule,
  path: string,
  directory: string,
  owner: StoreOwner,
): Glance | undefined {
  let row: Readonly<Record<string, unknown>> | undefined;
  let first: Stored | undefined;
  const database = openUntouched(sqlite, path);
  try {
    row = database.reader.prepare("SELECT * FROM meta WHERE id = 1").get();
    first = row?.format === 1 ? firstOf(database.reader) : undefined;
  } catch {
    return undefined;
  } finally {
    database.close();
  }
  const format = row?.format;
  if (typeof format !== "number" || row === undefined) {
    return undefined;
  }
  if (format === 1) {
    demandAdoptable(first, directory, owner);
    return { clean: row.clean === 1, history: undefined };
  }
  const meta = metaOf(row);
  // A damaged row says nothing, and a row of a newer format is not ours to verify.
  if (format <= storeFormat && row.checksum !== metaChecksum(format, meta)) {
    return undefined;
  }
  if (meta.product !== owner.product) {
    throw foreignStore(directory, meta.product, owner);
  }
  if (format > storeFormat) {
    throw newerFormat(directory, format);
  }
  return meta;
}

/** @throws {JournalError} `foreign` */
export function demandAdoptable(first: Stored | undefined, directory: string, owner: StoreOwner): void {
  if (first !== undefined && owner.adopts?.(first) === false) {
    throw foreignStore(directory, "another service", owner);
  }
}

/** What a store of format 1 is judged by. */
export function firstOf(database: DatabaseSync): Stored | undefined {
  const row = database
    .prepare(
      `SELECT payload FROM journal WHERE sequence = 1
       UNION ALL SELECT payload FROM snapshot_part WHERE part = 0 LIMIT 1`,
    )
    .get() as { readonly payload: Stored } | undefined;
  return row?.payload;
}

export function metaOf(row: Readonly<Record<string, unknown>>): Meta {
  const text = (name: string): string => String(row[name]);
  const count = (name: string): number => Number(row[name]);
  return {
    product: text("product"),
    history: text("history"),
    epoch: count("epoch"),
    writer: text("writer"),
    forgotten: count("forgotten"),
    indexed: count("indexed"),
    last: count("last"),
    clean: row.clean === 1,
  };
}

/** Opens a database so that not even its times change; a Node before 22.15 opens a copy of it, without its log. */
function openUntouched(sqlite: SqliteModule, path: string): { readonly reader: DatabaseSync; close(): void } {
  const uri = `${pathToFileURL(path).href}?immutable=1`;
  try {
    const reader = new sqlite.DatabaseSync(uri, { readOnly: true });
    return { reader, close: () => reader.close() };
  } catch {
    const place = mkdtempSync(join(tmpdir(), "store-"));
    const remove = (): void => rmSync(place, { recursive: true, force: true });
    try {
      const copy = join(place, "store.db");
      copyFileSync(path, copy);
      const reader = new sqlite.DatabaseSync(copy, { readOnly: true });
      return {
        reader,
        close(): void {
          reader.close();
          remove();
        },
      };
    } catch (error) {
      remove();
      throw error;
    }
  }
}

// Which file a store lies in, noted in its own header: a store that was put back from a copy lies in another, and what was given
// out since the copy was made is not in it.
import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";

/**
 * Notes where the store lies, and answers whether it was noted to lie elsewhere: then it was copied, moved to another disk or put
 * back from a backup. Only inside a transaction. A whole disk that was set back cannot be told from one that was not.
 */
export function notePlace(database: DatabaseSync, path: string): boolean {
  const { ino, birthtimeNs, ctimeNs } = statSync(path, { bigint: true });
  const file = signed(crc32(`${ino}`));
  const born = signed(crc32(`${ino} ${birthtimeNs}`));
  // Where a file system keeps no time of birth, Node says that of the last change.
  const place = birthtimeNs === 0n || birthtimeNs === ctimeNs ? file : born;
  const row = database.prepare("PRAGMA user_version").get();
  const noted = Number(row?.user_version ?? 0);
  if (noted !== place) {
    database.exec(`PRAGMA user_version=${place}`);
  }
  return noted !== 0 && noted !== file && noted !== born;
}

/** As SQLite keeps it; 0 says that nothing was noted. */
const signed = (hash: number): number => hash | 0 || 1;

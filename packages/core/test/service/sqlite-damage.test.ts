// Damage to a stored journal is found when it is opened, named, and never repaired.
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { pageBytes } from "../../src/service/store/sqlite/schema.ts";
import { type StoreDirectory, storeDirectory } from "./store-directory.ts";
import { contentOf, entry, textJournal } from "./text-journal.ts";

const appends = 40;

/** Fills a store with what a service would leave: records with and without streams, and two snapshots. */
async function fill(directory: StoreDirectory): Promise<ReturnType<typeof textJournal>> {
  const journal = textJournal(directory.path);
  const { epoch } = await journal.open();
  for (let index = 0; index < appends; index += 1) {
    const name = `record ${index} ${"x".repeat(index * 15)}`;
    await journal.append(
      epoch,
      index % 3 === 0 ? [entry(name, "odd", `s${index}`), entry("second")] : [entry(name)],
    );
    if (index === 10 || index === 20) {
      const state = { index, list: Array.from({ length: 1_500 }, (_, item) => item) };
      await journal.snapshot(epoch, { sequence: index, wall: 1, mark: index, state });
    }
  }
  return journal;
}

/** Leaves the files as a kill would: everything that was written is there, and nothing was tidied. */
async function crashed(directory: StoreDirectory): Promise<void> {
  using original = storeDirectory();
  const journal = await fill(original);
  mkdirSync(directory.path, { recursive: true });
  copyFileSync(original.file, directory.file);
  copyFileSync(original.wal, directory.wal);
  copyFileSync(original.mark, directory.mark);
  await journal.close();
}

async function stopped(directory: StoreDirectory): Promise<void> {
  const journal = await fill(directory);
  await journal.close();
}

/** What opening comes to: the content, or the code of the refusal. */
async function outcome(directory: StoreDirectory): Promise<unknown> {
  try {
    return await contentOf(directory.path);
  } catch (error) {
    return error instanceof Error && "code" in error ? { code: error.code, message: error.message } : error;
  }
}

const refused = (...names: string[]) => ({
  code: "damaged",
  message: expect.stringMatching(names.map((name) => `(?=[^]*${name})`).join("")),
});

describe("a damaged store is refused", () => {
  it("a file that is no database", async () => {
    using directory = storeDirectory();
    await stopped(directory);
    writeFileSync(directory.file, "not a database, but long enough to be taken for one ".repeat(100));
    expect(await outcome(directory)).toEqual(refused("store.db", "not a database"));
  });

  it("an empty file", async () => {
    using directory = storeDirectory();
    await stopped(directory);
    truncateSync(directory.file, 0);
    expect(await outcome(directory)).toEqual(refused("store.db", "empty"));
  });

  it("a database of somebody else, in either journal mode", async () => {
    for (const mode of ["wal", "delete"]) {
      using directory = storeDirectory();
      mkdirSync(directory.path, { recursive: true });
      const other = new DatabaseSync(directory.file);
      other.exec(`PRAGMA journal_mode=${mode}; CREATE TABLE journal (a)`);
      other.close();
      expect(await outcome(directory)).toEqual(refused("store.db"));
    }
  });

  it("a file that was cut, wherever", async () => {
    using whole = storeDirectory();
    await stopped(whole);
    const { size } = statSync(whole.file);
    for (const kept of [1, 99, 4_096, size >> 1, size - 4_096, size - 1]) {
      using directory = storeDirectory();
      mkdirSync(directory.path, { recursive: true });
      writeFileSync(directory.file, readFileSync(whole.file).subarray(0, kept));
      expect(await outcome(directory), `cut to ${kept} of ${size}`).toEqual(refused("store.db"));
    }
  });

  it("a database that is missing while its log is there", async () => {
    using directory = storeDirectory();
    await crashed(directory);
    rmSync(directory.file);
    expect(await outcome(directory)).toEqual(refused("store.db", "missing"));
    expect(statSync(directory.wal).size).toBeGreaterThan(0);
  });

  it("a log that is missing although the store was not closed", async () => {
    using directory = storeDirectory();
    await crashed(directory);
    rmSync(directory.wal);
    expect(await outcome(directory)).toEqual(refused("store.db-wal", "missing"));
    expect(await outcome(directory)).toEqual(refused("store.db-wal", "missing"));
  });

  it("names the record, the snapshot or the row that does not match, and a record that is missing", async () => {
    const changes: readonly (readonly [string, ...string[]])[] = [
      ["UPDATE journal SET payload = 'other' WHERE sequence = 17", "record 17", "checksum"],
      ["UPDATE journal SET wall = 2 WHERE sequence = 18", "record 18", "checksum"],
      ["UPDATE journal SET streams = '' WHERE sequence = 1", "record 1 ", "checksum"],
      ["DELETE FROM journal WHERE sequence = 19", "record 19 is missing"],
      ["DELETE FROM journal WHERE sequence = 1", "record 1 is missing"],
      [
        "DELETE FROM journal WHERE sequence > 15; DELETE FROM stream WHERE sequence > 15",
        "snapshot 20 is newer",
      ],
      ["UPDATE snapshot SET mark = 11 WHERE sequence = 10", "snapshot 10", "checksum"],
      [
        "UPDATE snapshot_part SET payload = '{}' WHERE sequence = 20 AND part = 0",
        "part 1 of 3 of snapshot 20",
      ],
      ["DELETE FROM snapshot_part WHERE sequence = 20 AND part = 2", "part 3 of 3 of snapshot 20"],
      ["UPDATE meta SET epoch = 0", "the store itself"],
      ["UPDATE meta SET forgotten = 20", "the store itself"],
      ["DELETE FROM meta", "the store itself"],
      ["DELETE FROM stream WHERE stream = '\"s3\"'", "streams"],
      ["UPDATE stream SET stream = '\"s4\"' WHERE stream = '\"s3\"'", "streams"],
      ["ALTER TABLE journal RENAME COLUMN wall TO walls", "tables"],
    ];
    using whole = storeDirectory();
    await stopped(whole);
    for (const [statement, ...names] of changes) {
      using directory = storeDirectory();
      mkdirSync(directory.path, { recursive: true });
      copyFileSync(whole.file, directory.file);
      change(directory.file, (database) => database.exec(statement));
      expect(await outcome(directory), statement).toEqual(refused("store.db", ...names));
      expect(readdirSync(directory.path)).toEqual(["store.db"]);
    }
  });

  it("a page that counts fewer entries than it holds: records at the end would just be gone", async () => {
    using whole = storeDirectory();
    await stopped(whole);
    const bytes = readFileSync(whole.file);
    const leafOfTable = 13;
    let pages = 0;
    for (let page = pageBytes; page < bytes.length; page += pageBytes) {
      const entries = bytes.readUInt16BE(page + 3);
      if (bytes[page] === leafOfTable && entries > 0) {
        using directory = storeDirectory();
        mkdirSync(directory.path, { recursive: true });
        const fewer = Buffer.from(bytes);
        fewer.writeUInt16BE(entries - 1, page + 3);
        writeFileSync(directory.file, fewer);
        expect(await outcome(directory), `page at ${page}`).toEqual(refused("store.db"));
        pages += 1;
      }
    }
    expect(pages).toBeGreaterThan(2);
  });

  it("a store of a newer format", async () => {
    using directory = storeDirectory();
    await stopped(directory);
    change(directory.file, (database) => database.exec("UPDATE meta SET format = 3"));
    expect(await outcome(directory)).toEqual({
      code: "foreign",
      message: expect.stringMatching(/store\.db.*format 3.*format 2/),
    });
  });

  it("leaves a store that it refuses for its log as it was", async () => {
    using directory = storeDirectory();
    await crashed(directory);
    flip(directory.wal, 32 + 24 + 100);
    const before = [readFileSync(directory.file), readFileSync(directory.wal)];
    expect(await outcome(directory)).toEqual(refused("store.db-wal", "frame 1"));
    expect([readFileSync(directory.file), readFileSync(directory.wal)]).toEqual(before);
    expect(readdirSync(directory.path)).toEqual(["store.db", "store.db-mark", "store.db-wal"]);
  });

  it("a damaged log that its owner still writes is locked, not damaged", async () => {
    using directory = storeDirectory();
    const holder = await fill(directory);
    flip(directory.wal, 32 + 24 + 100);
    expect(await outcome(directory)).toMatchObject({ code: "locked" });
    await holder.close();
  });
});

function change(file: string, work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(file);
  work(database);
  database.close();
}

function flip(file: string, offset: number): void {
  const bytes = readFileSync(file);
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x20;
  writeFileSync(file, bytes);
}

describe("a flipped byte", () => {
  it("anywhere in the database is found, or changes nothing", async () => {
    using whole = storeDirectory();
    await stopped(whole);
    const content = await outcome(whole);
    const { size } = statSync(whole.file);
    const outcomes = { refused: 0, harmless: 0 };
    // Every byte of the first 128, where the format is, then one every so often.
    for (let offset = 0; offset < size; offset += offset < 128 ? 1 : 211) {
      using directory = storeDirectory();
      mkdirSync(directory.path, { recursive: true });
      copyFileSync(whole.file, directory.file);
      flip(directory.file, offset);
      const found = await outcome(directory);
      if (typeof found === "object" && found !== null && "code" in found) {
        expect(found, `offset ${offset}`).toEqual(refused("store.db"));
        outcomes.refused += 1;
      } else {
        expect(found, `offset ${offset}`).toEqual(content);
        outcomes.harmless += 1;
      }
    }
    expect(outcomes.refused).toBeGreaterThan(outcomes.harmless / 2);
  });

  it("anywhere in the log of a killed process is found, or changes nothing", async () => {
    using whole = storeDirectory();
    await crashed(whole);
    const files = [readFileSync(whole.file), readFileSync(whole.wal), readFileSync(whole.mark)] as const;
    const content = (await outcome(whole)) as { readonly records: string[] };
    expect(content.records).toHaveLength(54 - 10);
    const outcomes = { refused: 0, harmless: 0 };
    const { length } = files[1];
    for (let offset = 0; offset < length; offset += offset < 128 ? 1 : 1_511) {
      using directory = storeDirectory();
      mkdirSync(directory.path, { recursive: true });
      writeFileSync(directory.file, files[0]);
      writeFileSync(directory.wal, files[1]);
      writeFileSync(directory.mark, files[2]);
      flip(directory.wal, offset);
      const found = await outcome(directory);
      if (typeof found === "object" && found !== null && "code" in found) {
        expect(found, `offset ${offset}`).toEqual(refused("store.db"));
        outcomes.refused += 1;
      } else {
        expect(found, `offset ${offset}`).toEqual(content);
        outcomes.harmless += 1;
      }
    }
    expect(outcomes.refused).toBeGreaterThan(100);
  });
});

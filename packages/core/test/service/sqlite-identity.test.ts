// A store says whose it is: another product is refused by name, and nothing of the store is touched.

// A store says whose it is: another product is refused by name, and nothing of the store is touched.
import fs, { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { type StoreDirectory, storeDirectory } from "./store-directory.ts";
import { contentOf, entry, recordsOf, textJournal } from "./text-journal.ts";

/** Fills a store; after a kill its log is there too. */
async function fill(directory: StoreDirectory, end: "stop" | "kill"): Promise<void> {
  using original = storeDirectory();
  const journal = textJournal(original.path);
  const { epoch } = await journal.open();
  await journal.append(epoch, [entry("first", "s"), entry("second")]);
  await journal.snapshot(epoch, { sequence: 1, wall: 1, mark: 1, state: { kept: true } });
  if (end === "stop") {
    await journal.close();
  }
  mkdirSync(directory.path, { recursive: true });
  for (const name of readdirSync(original.path)) {
    copyFileSync(join(original.path, name), join(directory.path, name));
  }
  await journal.close();
}

/** Everything of a directory that a write would change. */
const traceOf = ({ path }: StoreDirectory): unknown => [
  statSync(path, { bigint: true }).mtimeNs,
  ...readdirSync(path).map((name) => {
    const { mtimeNs, ctimeNs, ino } = statSync(join(path, name), { bigint: true });
    return [name, mtimeNs, ctimeNs, ino, readFileSync(join(path, name))];
  }),
];

describe("a store of another product", () => {
  it.each(["stop", "kill"] as const)("is refused by both names after a %s, and not touched", async (end) => {
    using directory = storeDirectory();
    await fill(directory, end);
    const before = traceOf(directory);
    await expect(textJournal(directory.path, { product: "ledger" }).open()).rejects.toMatchObject({
      code: "foreign",
      message: expect.stringMatching(/belongs to texts, not to ledger/),
    });
    expect(traceOf(directory)).toEqual(before);
    expect(await contentOf(directory.path)).toMatchObject({ records: ["second"] });
  });

  it.each(["stop", "kill"] as const)(
    "so is one of a newer format after a %s, whatever else it holds",
    async (end) => {
      using directory = storeDirectory();
      await fill(directory, end);
      const bytes = readFileSync(directory.file);
      const database = new DatabaseSync(directory.file);
      database.exec(
        "UPDATE meta SET format = 7; ALTER TABLE meta ADD COLUMN more TEXT; CREATE TABLE other (a)",
      );
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      database.close();
      expect(readFileSync(directory.file).equals(bytes)).toBe(false);
      const before = traceOf(directory);
      await expect(textJournal(directory.path).open()).rejects.toMatchObject({
        code: "foreign",
        message: expect.stringMatching(/format 7.*up to format 2/),
      });
      await expect(textJournal(directory.path, { product: "ledger" }).open()).rejects.toMatchObject({
        message: expect.stringMatching(/belongs to texts/),
      });
      expect(traceOf(directory)).toEqual(before);
    },
  );
});

/** Makes a store into one of format 1, which had no name. */
function unname(directory: StoreDirectory): void {
  const database = new DatabaseSync(directory.file);
  const row = database.prepare("SELECT epoch, forgotten, indexed, clean FROM meta").get();
  const [epoch, forgotten, indexed, clean] = Object.values(row ?? {}).map(Number);
  database.exec(
    "DROP TABLE meta; CREATE TABLE meta (id INTEGER PRIMARY KEY, format INTEGER NOT NULL, epoch INTEGER NOT NULL, forgotten INTEGER NOT NULL, indexed INTEGER NOT NULL, clean INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT",
  );
  const checksum = crc32(`1 ${epoch} ${forgotten} ${indexed} ${clean === 1}\n`);
  database.exec(`INSERT INTO meta VALUES (1, 1, ${epoch}, ${forgotten}, ${indexed}, ${clean}, ${checksum})`);
  database.close();
}

describe("a store from before stores had names", () => {
  it("becomes that of the product that starts on it, with all that it holds", async () => {
    using directory = storeDirectory();
    await fill(directory, "stop");
    unname(directory);
    const journal = textJournal(directory.path, { adopts: (first) => first === "first" });
    expect(await journal.open()).toMatchObject({ epoch: 2, lastSequence: 2, forgottenTo: 0 });
    expect(await recordsOf(journal)).toEqual(["first", "second"]);
    expect(await journal.history("s")).toHaveLength(1);
    await journal.close();
    await expect(textJournal(directory.path, { product: "ledger" }).open()).rejects.toMatchObject({
      code: "foreign",
    });
    expect(await contentOf(directory.path)).toMatchObject({ lastSequence: 2 });
  });

  it("is refused, and not touched, by a product that knows its own and does not see it there", async () => {
    using directory = storeDirectory();
    await fill(directory, "stop");
    unname(directory);
    const before = traceOf(directory);
    const asked: unknown[] = [];
    const adopts = (first: unknown): boolean => {
      asked.push(first);
      return false;
    };
    await expect(textJournal(directory.path, { adopts }).open()).rejects.toMatchObject({ code: "foreign" });
    expect(asked).toEqual(["first"]);
    expect(traceOf(directory)).toEqual(before);
  });

  it("is judged by its oldest snapshot when its first record is forgotten", async () => {
    using directory = storeDirectory();
    await fill(directory, "stop");
    const database = new DatabaseSync(directory.file);
    database.exec("DELETE FROM journal WHERE sequence = 1");
    database.close();
    unname(directory);
    const asked: unknown[] = [];
    const adopts = (first: unknown): boolean => {
      asked.push(first);
      return false;
    };
    await expect(textJournal(directory.path, { adopts }).open()).rejects.toMatchObject({ code: "foreign" });
    expect(asked).toEqual(['{"kept":true}']);
  });
});

describe("the first start in a directory", () => {
  it("needs no hard links", async () => {
    using directory = storeDirectory();
    const refuses = vi.spyOn(fs, "linkSync").mockImplementation(() => {
      throw Object.assign(new Error("EPERM: operation not permitted, link"), { code: "EPERM" });
    });
    const { syncBuiltinESMExports } = await import("node:module");
    syncBuiltinESMExports();
    try {
      const journal = textJournal(directory.path);
      const { epoch } = await journal.open();
      await journal.append(epoch, [entry("a")]);
      expect(refuses).toHaveBeenCalledOnce();
      await journal.close();
    } finally {
      refuses.mockRestore();
      syncBuiltinESMExports();
    }
    expect(await contentOf(directory.path)).toMatchObject({ records: ["a"] });
    expect(readdirSync(directory.path)).toEqual(["store.db"]);
  });

  it("removes what earlier ones that were killed left behind, and nothing else", async () => {
    using directory = storeDirectory();
    mkdirSync(directory.path, { recursive: true });
    const draft = `${directory.file}.4711-k3x9`;
    for (const name of [
      draft,
      `${draft}-wal`,
      `${draft}-shm`,
      `${draft}-journal`,
      `${directory.file}.kept`,
    ]) {
      writeFileSync(name, "half");
    }
    expect(await contentOf(directory.path)).toMatchObject({ records: [] });
    expect(readdirSync(directory.path)).toEqual(["store.db", "store.db.kept"]);
  });
});

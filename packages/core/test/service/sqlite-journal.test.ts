// The journal on disk: where it lives, who may hold it, and what another process finds there.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { createSqliteJournal } from "../../src/service/index.ts";
import { storeDirectory } from "./store-directory.ts";
import { contentOf, entry, recordsOf, textJournal } from "./text-journal.ts";

const source = (path: string): string => new URL(`../../src/service/${path}`, import.meta.url).href;

/** Runs a module in a process of its own, and answers what it printed. */
function run(program: string, ...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", program, "--", ...args],
    { encoding: "utf8" },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.trim();
}

describe("SQLite journal", () => {
  it("makes a directory that is missing for its owner alone, with one file in it", async () => {
    using directory = storeDirectory();
    const journal = textJournal(directory.path);
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("a")]);
    expect(statSync(directory.path).mode & 0o777).toBe(0o700);
    expect(statSync(directory.file).mode & 0o777).toBe(0o600);
    expect(statSync(directory.wal).mode & 0o777).toBe(0o600);
    await journal.close();
    await journal.close();
    expect(readdirSync(directory.path)).toEqual(["store.db"]);
  });

  it("gives the next opener everything, and a higher epoch", async () => {
    using directory = storeDirectory();
    const first = textJournal(directory.path);
    const { epoch } = await first.open();
    await first.append(epoch, [entry("a", "x"), entry("b")]);
    await first.snapshot(epoch, { sequence: 1, wall: 7, mark: 3, state: { list: ["a"] } });
    await first.close();
    const second = textJournal(directory.path);
    expect(await second.open()).toEqual({
      epoch: epoch + 1,
      lastSequence: 2,
      forgottenTo: 0,
      restored: false,
    });
    expect(await recordsOf(second)).toEqual(["a", "b"]);
    expect(await second.history("x")).toEqual([{ sequence: 1, wall: 1, streams: ["x"], record: "a" }]);
    expect(await second.snapshots()).toEqual([{ sequence: 1, wall: 7, mark: 3 }]);
    expect(await second.readSnapshot(1)).toEqual({ list: ["a"] });
    expect(await second.append(epoch + 1, [entry("c")])).toBe(3);
    await second.close();
  });

  it("finds thousands of records and their streams sound", async () => {
    using directory = storeDirectory();
    const first = textJournal(directory.path);
    const { epoch } = await first.open();
    const names = Array.from({ length: 2_000 }, (_, index) => `record ${index}`);
    await first.append(
      epoch,
      names.map((name, index) => entry(name, "all", `s${index % 700}`)),
    );
    await first.close();
    const second = textJournal(directory.path);
    expect(await second.open()).toMatchObject({ lastSequence: 2_000 });
    expect(await recordsOf(second)).toEqual(names);
    expect(await second.history("all", { after: 1_990 })).toHaveLength(10);
    expect((await second.history("s3")).map(({ record }) => record)).toEqual([
      "record 3",
      "record 703",
      "record 1403",
    ]);
    await second.close();
  });

  it("forgotten records and snapshots leave the file, also those whose removal was cut off by a kill", async () => {
    const rows = (file: string): unknown => {
      const database = new DatabaseSync(file);
      const found = database
        .prepare(
          `SELECT (SELECT count(*) FROM journal) AS records, (SELECT count(*) FROM snapshot) AS snapshots,
           (SELECT count(*) FROM snapshot_part) AS parts`,
        )
        .get();
      database.close();
      return { ...found };
    };
    using directory = storeDirectory();
    using copy = storeDirectory();
    const journal = textJournal(directory.path);
    const { epoch } = await journal.open();
    await journal.append(
      epoch,
      Array.from({ length: 5_000 }, (_, index) =>
        index === 0 ? entry("kept", "x") : entry(`record ${index}`),
      ),
    );
    const state = { list: Array.from({ length: 30_000 }, (_, index) => index) };
    await journal.snapshot(epoch, { sequence: 10, wall: 1, mark: 10, state });
    await journal.snapshot(epoch, { sequence: 4_990, wall: 1, mark: 4_990, state: {} });
    // What is forgotten is so at once; removing it goes on over many turns, in the midst of which this copy is made.
    const truncating = journal.truncate(epoch, 4_990);
    mkdirSync(copy.path, { recursive: true });
    copyFileSync(directory.file, copy.file);
    copyFileSync(directory.wal, copy.wal);
    copyFileSync(directory.mark, copy.mark);
    await truncating;
    await journal.close();
    expect(rows(directory.file)).toEqual({ records: 11, snapshots: 1, parts: 1 });

    const next = textJournal(copy.path);
    const opened = await next.open();
    expect(opened).toMatchObject({ lastSequence: 5_000, forgottenTo: 4_990 });
    await next.snapshot(opened.epoch, { sequence: 5_000, wall: 1, mark: 5_000, state: {} });
    await next.truncate(opened.epoch, 5_000);
    expect(await next.history("x")).toMatchObject([{ record: "kept" }]);
    await next.close();
    expect(rows(copy.file)).toEqual({ records: 1, snapshots: 1, parts: 1 });
  });

  it("keeps bytes and text as they are", async () => {
    using directory = storeDirectory();
    const options = {
      directory: directory.path,
      product: "bytes",
      codec: {
        encode: (record: string | Uint8Array) => record,
        decode: (stored: string | Uint8Array) => stored,
      },
    };
    const records = ["", "é🦊", new Uint8Array(), new Uint8Array([0, 255, 10])];
    const journal = createSqliteJournal(options);
    const { epoch } = await journal.open();
    await journal.append(
      epoch,
      records.map((record) => ({ record, wall: 1.5, streams: [] })),
    );
    await journal.close();
    const reopened = createSqliteJournal(options);
    await reopened.open();
    expect(
      (await recordsOf(reopened)).map((record) => (typeof record === "string" ? record : [...record])),
    ).toEqual(["", "é🦊", [], [0, 255, 10]]);
    await reopened.close();
  });

  it("appends all entries or none", async () => {
    using directory = storeDirectory();
    const journal = textJournal(directory.path);
    const { epoch } = await journal.open();
    expect(() => journal.append(epoch, [entry("a"), entry("text with a \0")])).toThrow(TypeError);
    expect(() => journal.append(epoch, [entry("a"), entry("half a character \ud800")])).toThrow(TypeError);
    expect(await journal.append(epoch, [entry("b")])).toBe(1);
    await journal.close();
    expect(await contentOf(directory.path)).toMatchObject({ records: ["b"] });
  });

  it("is held by one opener at a time: another one is told at once, and named the directory", async () => {
    using directory = storeDirectory();
    const holder = textJournal(directory.path);
    const { epoch } = await holder.open();
    await holder.append(epoch, [entry("a")]);
    const locked = { code: "locked", message: expect.stringContaining(directory.path) };
    await expect(textJournal(directory.path).open()).rejects.toMatchObject(locked);
    // A refused opener must not have loosened the lock for a process of its own.
    const told = run(
      `import { createSqliteJournal } from ${JSON.stringify(source("store/sqlite/journal.ts"))};
       const codec = { encode: String, decode: String };
       const journal = createSqliteJournal({ directory: process.argv.at(-1), product: "texts", codec });
       await journal.open().catch((error) => console.log(error.code, error.message));`,
      directory.path,
    );
    expect(told).toContain("locked");
    expect(told).toContain(directory.path);
    expect(await holder.append(epoch, [entry("b")])).toBe(2);
    await holder.close();
    expect(await contentOf(directory.path)).toMatchObject({ records: ["a", "b"] });
  });

  it("says that it is not open, before and after", async () => {
    using directory = storeDirectory();
    const journal = textJournal(directory.path);
    expect(() => journal.append(1, [entry("a")])).toThrow(expect.objectContaining({ code: "unavailable" }));
    const { epoch } = await journal.open();
    await journal.close();
    expect(() => journal.append(epoch, [entry("a")])).toThrow(
      expect.objectContaining({ code: "unavailable" }),
    );
  });

  it("a directory that cannot be made is unavailable", async () => {
    using directory = storeDirectory();
    const journal = textJournal(directory.path);
    await journal.open();
    await journal.close();
    await expect(textJournal(`${directory.file}/data`).open()).rejects.toMatchObject({ code: "unavailable" });
  });

  it("so is one where nothing can be made at all", async () => {
    await expect(textJournal("/proc/nowhere/data").open()).rejects.toMatchObject({ code: "unavailable" });
  });

  it("a process that only imports the kernel loads no SQLite", () => {
    const loaded = run(
      `await import(${JSON.stringify(source("store/sqlite/journal.ts"))});
       console.log(process.moduleLoadList.filter((name) => name.includes("sqlite")).length);
       await import("node:sqlite");
       console.log(process.moduleLoadList.filter((name) => name.includes("sqlite")).length > 0);`,
    );
    expect(loaded.split("\n")).toEqual(["0", "true"]);
  });
});

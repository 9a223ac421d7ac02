// A log that was cut, emptied or zeroed is told from one that ends there: the mark beside it knows how far it went.
import { copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { durableLog } from "../../src/service/store/sqlite/durable-log.ts";
import { pageBytes } from "../../src/service/store/sqlite/schema.ts";
import { emptyWal } from "../../src/service/store/sqlite/wal-file.ts";
import { type StoreDirectory, storeDirectory } from "./store-directory.ts";
import { contentOf, entry, textJournal } from "./text-journal.ts";

const frameBytes = pageBytes + 24;
const files = ["file", "wal", "mark"] as const;

/** What a kill leaves after so many appends, and the number of frames in its log. */
async function killed(
  directory: StoreDirectory,
  appends: number,
  fsync: "always" | "never" = "always",
): Promise<number> {
  using original = storeDirectory();
  const journal = textJournal(original.path, { fsync });
  const { epoch } = await journal.open();
  for (let index = 0; index < appends; index += 1) {
    await journal.append(epoch, [entry(`record ${index}`, "s")]);
  }
  copy(original, directory);
  await journal.close();
  const log = readFileSync(directory.wal);
  const salts = log.subarray(16, 24);
  let frames = 0;
  while (log.subarray(32 + frames * frameBytes + 8, 32 + frames * frameBytes + 16).equals(salts)) {
    frames += 1;
  }
  return frames;
}

function copy(from: StoreDirectory, to: StoreDirectory): void {
  mkdirSync(to.path, { recursive: true });
  for (const file of files) {
    copyFileSync(from[file], to[file]);
  }
}

const bytesOf = (directory: StoreDirectory): Buffer =>
  Buffer.concat(files.map((file) => readFileSync(directory[file])));

const open = (directory: StoreDirectory) => contentOf(directory.path, { fsync: "always" });

describe("a log whose end cannot be read", () => {
  it("makes no transaction fail that is durable: its mark goes on to say less", () => {
    using directory = storeDirectory();
    // Of a folder everything but the content can be had.
    mkdirSync(directory.wal, { recursive: true });
    const log = durableLog({ path: directory.file, fsync: "always", end: emptyWal, marked: undefined });
    log.markFor("writer".padEnd(16), "history");
    const before = readFileSync(directory.mark);
    log.beginning();
    expect(() => log.committed()).not.toThrow();
    expect(readFileSync(directory.mark)).toEqual(before);
    log.closed(false);
  });
});

describe("the log of a killed process", () => {
  it("is refused, and left as it is, wherever it was cut or zeroed, the last transaction included", async () => {
    using whole = storeDirectory();
    const frames = await killed(whole, 12);
    expect(frames).toBeGreaterThan(10);
    const log = readFileSync(whole.wal);
    const cuts = [0, 1, 32, ...Array.from({ length: frames }, (_, frame) => 32 + frame * frameBytes + 40)];
    for (const at of cuts) {
      for (const how of ["cut", "zeroed"] as const) {
        using directory = storeDirectory();
        copy(whole, directory);
        if (how === "cut") {
          truncateSync(directory.wal, at);
        } else {
          writeFileSync(directory.wal, Buffer.from(log).fill(0, at));
        }
        const before = bytesOf(directory);
        const refused = { code: "damaged", message: expect.stringContaining("store.db-wal") };
        await expect(open(directory), `${how} at ${at}`).rejects.toMatchObject(refused);
        await expect(open(directory), `${how} at ${at}`).rejects.toMatchObject(refused);
        expect(bytesOf(directory).equals(before)).toBe(true);
      }
    }
    expect((await open(whole)).records).toHaveLength(12);
  });

  it("is refused when it is one of an earlier time", async () => {
    using directory = storeDirectory();
    const journal = textJournal(directory.path, { fsync: "always" });
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("early")]);
    const early = readFileSync(directory.wal);
    // Long enough for the log to begin anew.
    for (let index = 0; index < 300; index += 1) {
      await journal.append(epoch, [entry("x".repeat(30_000))]);
    }
    using after = storeDirectory();
    copy(directory, after);
    await journal.close();
    const late = readFileSync(after.wal);
    expect(late.subarray(16, 24).equals(early.subarray(16, 24))).toBe(false);
    writeFileSync(after.wal, early);
    await expect(open(after)).rejects.toMatchObject({ code: "damaged" });
    writeFileSync(after.wal, late);
    expect((await open(after)).records).toHaveLength(301);
  });

  it("is taken as it is when the mark says less, as after a loss of power", async () => {
    using early = storeDirectory();
    using late = storeDirectory();
    using directory = storeDirectory();
    const journal = textJournal(directory.path, { fsync: "always" });
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("a")]);
    copy(directory, early);
    for (let index = 0; index < 300; index += 1) {
      await journal.append(epoch, [entry("x".repeat(30_000))]);
    }
    copy(directory, late);
    await journal.close();
    copyFileSync(early.mark, late.mark);
    expect((await open(late)).records).toHaveLength(301);
  });

  it("is refused without its mark, or with that of another store", async () => {
    using directory = storeDirectory();
    using other = storeDirectory();
    await killed(directory, 3);
    await killed(other, 3);
    const mark = readFileSync(directory.mark);
    rmSync(directory.mark);
    await expect(open(directory)).rejects.toMatchObject({
      code: "damaged",
      message: expect.stringMatching(/store\.db-mark .*missing/),
    });
    copyFileSync(other.mark, directory.mark);
    await expect(open(directory)).rejects.toMatchObject({ code: "damaged" });
    writeFileSync(directory.mark, mark);
    expect((await open(directory)).records).toHaveLength(3);
  });

  it("a mark of which one place is torn still counts", async () => {
    using directory = storeDirectory();
    const frames = await killed(directory, 3);
    const mark = readFileSync(directory.mark);
    for (const place of [0, 512]) {
      writeFileSync(directory.mark, Buffer.from(mark).fill(0x55, place, place + 20));
      truncateSync(directory.wal, 32 + (frames >> 1) * frameBytes);
      await expect(open(directory)).rejects.toMatchObject({ code: "damaged" });
    }
  });

  it("of a store that nothing synchronizes counts within one run of the machine", async () => {
    using directory = storeDirectory();
    await killed(directory, 3, "never");
    truncateSync(directory.wal, 0);
    await expect(contentOf(directory.path)).rejects.toMatchObject({ code: "damaged" });
    // After the end of the machine nothing is known of the file.
    rmSync(directory.mark);
    expect((await contentOf(directory.path)).records).toEqual([]);
  });
});

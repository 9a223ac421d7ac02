// One process per store, under whatever name, and whatever else reads its files.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { hold } from "../../src/service/store/sqlite/lock.ts";
import { type StoreDirectory, storeDirectory } from "./store-directory.ts";
import { entry, recordsOf, textJournal } from "./text-journal.ts";

const program = fileURLToPath(new URL("../programs/append-for-ever.ts", import.meta.url));

interface Owner {
  readonly acknowledged: number;
  kill(): Promise<void>;
}

/** A process that serves the store. */
async function owner(directory: string): Promise<Owner> {
  const child = spawn(process.execPath, [program, directory], { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  let acknowledged = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    acknowledged = Number(text.trim().split("\n").at(-1));
  });
  await once(child.stdout, "data");
  return {
    get acknowledged() {
      return acknowledged;
    },
    async kill(): Promise<void> {
      child.kill("SIGKILL");
      await closed;
    },
  };
}

/** Another process tries; what it says, or undefined when it serves. */
async function refusal(directory: string): Promise<string | undefined> {
  const child = spawn(process.execPath, [program, directory], { stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close");
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const served = once(child.stdout, "data").then(() => child.kill("SIGKILL"));
  await Promise.race([closed, served]);
  await closed;
  return child.signalCode === "SIGKILL" ? undefined : said;
}

/** Other names of the same store. */
const names: readonly (readonly [string, (directory: StoreDirectory, other: string) => void])[] = [
  ["a symbolic link to the directory", ({ path }, other) => symlinkSync(path, other)],
  [
    "a symbolic link to the database",
    ({ file }, other) => {
      mkdirSync(other);
      symlinkSync(file, join(other, "store.db"));
    },
  ],
  [
    "a hard link to the database",
    ({ file }, other) => {
      mkdirSync(other);
      linkSync(file, join(other, "store.db"));
    },
  ],
];

describe("a store that is served", () => {
  it("a directory that is removed while it is held does not leave its number to another one", async () => {
    using directory = storeDirectory();
    mkdirSync(directory.path, { recursive: true });
    const { ino } = statSync(directory.path);
    const held = await hold(directory.path, directory.path);
    rmdirSync(directory.path);
    for (let index = 0; index < 20; index += 1) {
      const next = join(directory.path, "..", String(index));
      mkdirSync(next);
      expect(statSync(next).ino).not.toBe(ino);
    }
    held.release();
  });

  it("is refused to a second process after its own has read every file of it, in whatever way", async () => {
    using directory = storeDirectory();
    using copy = storeDirectory();
    const journal = textJournal(directory.path);
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("a")]);
    cpSync(directory.path, copy.path, { recursive: true });
    for (const name of readdirSync(directory.path)) {
      readFileSync(join(directory.path, name));
    }
    expect(await refusal(directory.path)).toMatch(/in use by another process \(pid \d+\): /);
    expect(await journal.append(epoch, [entry("b")])).toBe(2);
    await journal.close();
    const next = textJournal(directory.path);
    await next.open();
    expect(await recordsOf(next)).toEqual(["a", "b"]);
    await next.close();
  });

  it.each(names)("is refused under another name: %s", async (_, give) => {
    using directory = storeDirectory();
    const first = await owner(directory.path);
    const other = join(directory.path, "..", "other");
    give(directory, other);
    for (const path of [other, directory.path]) {
      await expect(textJournal(path).open()).rejects.toMatchObject({ code: "locked" });
      expect(await refusal(path)).toContain("in use by another process");
    }
    await first.kill();
  });

  it("is free at once when its process is killed, and held by whoever came next", async () => {
    using directory = storeDirectory();
    for (let round = 0; round < 3; round += 1) {
      const first = await owner(directory.path);
      await first.kill();
      const journal = textJournal(directory.path);
      const { lastSequence } = await journal.open();
      expect(lastSequence).toBeGreaterThanOrEqual(first.acknowledged);
      expect(await refusal(directory.path)).toContain("in use by another process");
      await journal.close();
    }
  });

  it("tells a writer that another one has taken the store over before it writes again", async () => {
    using directory = storeDirectory();
    const journal = textJournal(directory.path);
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("a")]);
    // As the second of two that no lock keeps apart.
    const mark = openSync(directory.mark, "r+");
    const bytes = Buffer.alloc(1_024);
    readSync(mark, bytes, 0, bytes.length, 0);
    for (const place of [0, 512]) {
      bytes.write("f".repeat(16), place, "latin1");
    }
    writeSync(mark, bytes, 0, bytes.length, 0);
    const before = readFileSync(directory.wal);
    expect(() => journal.append(epoch, [entry("b")])).toThrow(
      expect.objectContaining({ code: "stale_epoch" }),
    );
    await journal.close();
    expect(readFileSync(directory.wal).equals(before)).toBe(true);
  });
});

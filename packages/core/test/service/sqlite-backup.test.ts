// A copy of a store that another process serves: whole, of one moment, and a store of its own afterwards.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { backupStore } from "../../src/service/index.ts";
import { storeDirectory } from "./store-directory.ts";
import { contentOf, entry, textJournal } from "./text-journal.ts";

const program = fileURLToPath(new URL("../programs/append-for-ever.ts", import.meta.url));
const product = "texts";

describe("a backup", () => {
  it("of a store that another process writes has all that was acknowledged, and goes on by itself", async () => {
    using directory = storeDirectory();
    const child = spawn(process.execPath, [program, directory.path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = once(child, "close");
    let acknowledged = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      acknowledged = Number(text.trimEnd().split("\n").at(-1));
    });
    await once(child.stdout, "data");
    try {
      for (let round = 0; round < 8; round += 1) {
        using target = storeDirectory();
        const before = acknowledged;
        await backupStore({ product, directory: directory.path, target: target.path });
        expect(readdirSync(target.path)).toEqual(["store.db"]);
        expect([statSync(target.path).mode & 0o777, statSync(target.file).mode & 0o777]).toEqual([
          0o700, 0o600,
        ]);
        const { lastSequence, records } = await contentOf(target.path);
        expect(lastSequence).toBeGreaterThanOrEqual(before);
        expect(records.map((record) => Number(record.split(" ")[1]))).toEqual(
          Array.from({ length: lastSequence }, (_, index) => index + 1),
        );
        const journal = textJournal(target.path);
        const { epoch } = await journal.open();
        expect(await journal.append(epoch, [entry("more", "all")])).toBe(lastSequence + 1);
        expect(await journal.history("all", { after: lastSequence - 1 })).toHaveLength(2);
        await journal.close();
      }
      expect(child.exitCode).toBe(null);
    } finally {
      child.kill("SIGKILL");
      await closed;
    }
    expect((await contentOf(directory.path)).lastSequence).toBeGreaterThanOrEqual(acknowledged);
  });

  it.each(["stopped", "killed"] as const)(
    "of a %s store has all of it, and leaves it as it was",
    async (how) => {
      using original = storeDirectory();
      using directory = storeDirectory();
      using target = storeDirectory();
      const journal = textJournal(original.path);
      const { epoch } = await journal.open();
      await journal.append(epoch, [entry("a", "s"), entry("b")]);
      await journal.snapshot(epoch, { sequence: 1, wall: 1, mark: 1, state: { kept: true } });
      const files = (): string[] => readdirSync(original.path);
      if (how === "stopped") {
        await journal.close();
      }
      mkdirSync(directory.path, { recursive: true });
      for (const name of files()) {
        copyFileSync(`${original.path}/${name}`, `${directory.path}/${name}`);
      }
      await journal.close();
      const bytes = (): Buffer[] =>
        readdirSync(directory.path).map((name) => readFileSync(`${directory.path}/${name}`));
      const before = bytes();
      await backupStore({ product, directory: directory.path, target: target.path });
      expect(bytes()).toEqual(before);
      expect(await contentOf(target.path)).toEqual({
        lastSequence: 2,
        records: ["b"],
        states: [{ kept: true }],
      });
    },
  );

  it("is refused where something is already, of another product, of a damaged log, and of nothing", async () => {
    using original = storeDirectory();
    using directory = storeDirectory();
    using target = storeDirectory();
    const refusal = (options: Partial<Parameters<typeof backupStore>[0]> = {}): Promise<unknown> =>
      backupStore({ product, directory: directory.path, target: target.path, ...options }).catch(
        (error: unknown) => error,
      );
    expect(await refusal()).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("no store"),
    });
    const journal = textJournal(original.path);
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("a")]);
    await journal.append(epoch, [entry("b")]);
    mkdirSync(directory.path, { recursive: true });
    for (const name of readdirSync(original.path)) {
      copyFileSync(`${original.path}/${name}`, `${directory.path}/${name}`);
    }
    await journal.close();
    expect(await refusal({ product: "ledger" })).toMatchObject({ code: "foreign" });
    mkdirSync(target.path, { recursive: true });
    writeFileSync(`${target.path}/notes`, "");
    expect(await refusal()).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("not empty"),
    });
    truncateSync(directory.wal, 32 + 100);
    expect(await refusal({ target: `${target.path}/new` })).toMatchObject({ code: "damaged" });
    expect(readdirSync(`${target.path}/new`)).toEqual([]);
  });
});

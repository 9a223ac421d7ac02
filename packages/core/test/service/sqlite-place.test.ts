// A store that was put back from a copy is told from one that was only stopped, or killed.
import { cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { storeDirectory } from "./store-directory.ts";
import { entry, textJournal } from "./text-journal.ts";

/** Opens the store, adds a record and closes it; answers whether it was found to be put back. */
async function serve(path: string): Promise<boolean> {
  const journal = textJournal(path);
  const { epoch, restored } = await journal.open();
  await journal.append(epoch, [entry("more")]);
  await journal.close();
  return restored;
}

describe("a store on disk", () => {
  it("is where it was, however often it is opened, and when its directory gets another name", async () => {
    using directory = storeDirectory();
    const first = join(directory.path, "first");
    expect(await serve(first)).toBe(false);
    expect(await serve(first)).toBe(false);
    const second = join(directory.path, "second");
    renameSync(first, second);
    expect(await serve(second)).toBe(false);
  });

  it("was put back when it is a copy, once", async () => {
    using directory = storeDirectory();
    const [store, copy] = [join(directory.path, "store"), join(directory.path, "copy")];
    await serve(store);
    cpSync(store, copy, { recursive: true });
    await serve(store);
    rmSync(store, { recursive: true });
    cpSync(copy, store, { recursive: true });
    expect(await serve(store)).toBe(true);
    expect(await serve(store)).toBe(false);
  });
});

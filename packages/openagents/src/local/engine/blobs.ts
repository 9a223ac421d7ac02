// The bytes of files, beside the journal: on the disk before a record names them, and gone after the record that forgets them.
import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "@x/core/base";

export interface Blobs {
  /** Keeps bytes under a new id; resolves when they are durable. */
  put(id: string, bytes: Uint8Array): Promise<void>;
  /** `undefined` for an id that nothing is kept under. */
  get(id: string): Promise<Uint8Array | undefined>;
  remove(id: string): Promise<void>;
}

/** The folder in the data directory. */
const folder = "files";

/**
 * Opens what is kept in a directory, or in memory without one. What no record names was never acknowledged, and goes.
 *
 * @param known the ids that records name
 */
export async function openBlobs(directory: string | undefined, known: ReadonlySet<string>): Promise<Blobs> {
  if (directory === undefined) {
    return inMemory();
  }
  const path = join(directory, folder);
  await mkdir(path, { recursive: true, mode: 0o700 });
  for (const id of await readdir(path)) {
    if (!known.has(id)) {
      await rm(join(path, id), { force: true });
    }
  }
  return {
    async put(id, bytes) {
      await using file = await open(join(path, id), "wx", 0o600);
      await file.writeFile(bytes);
      await file.sync();
      // A name that is not on the disk is no file after a loss of power.
      await using names = await open(path, "r");
      await names.sync();
    },
    async get(id) {
      try {
        return await readFile(join(path, id));
      } catch (error) {
        if (codeOf(error) === "ENOENT") {
          return undefined;
        }
        throw error;
      }
    },
    remove: (id) => rm(join(path, id), { force: true }),
  };
}

function inMemory(): Blobs {
  const kept = new Map<string, Uint8Array>();
  return {
    put(id, bytes) {
      kept.set(id, bytes);
      return Promise.resolve();
    },
    get: (id) => Promise.resolve(kept.get(id)),
    remove(id) {
      kept.delete(id);
      return Promise.resolve();
    },
  };
}

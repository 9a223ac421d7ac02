// A directory with its parents, for private things.
import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a directory and the parents that it lacks, mode 0700. Step by step: `mkdir` with `recursive` never returns below
 * a directory that says ENOENT to whatever is to be made in it, as /proc does.
 *
 * @throws the file system's error, also when something else stands there
 */
export function makePrivateDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    return;
  }
  const parent = dirname(path);
  if (parent !== path) {
    makePrivateDirectory(parent);
  }
  try {
    mkdirSync(path, { mode: 0o700 });
    syncDirectory(parent);
  } catch (error) {
    // Another process may have been quicker.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw error;
    }
  }
}

/** What was made in a directory, or renamed in it, is there after a loss of power, too. Where a directory cannot be synced, the system does it by itself. */
export function syncDirectory(path: string): void {
  let directory: number | undefined;
  try {
    directory = openSync(path, "r");
    fsyncSync(directory);
  } catch {
    // Not on every system, nor in a parent that may not be read.
  } finally {
    if (directory !== undefined) {
      closeSync(directory);
    }
  }
}

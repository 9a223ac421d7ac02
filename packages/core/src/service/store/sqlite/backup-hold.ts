// How a copying process asks the one that serves a store to leave its database alone: by a file that it keeps fresh. While
// that is there the log only grows, and a copy of any size becomes whole. One that a killed process left is soon too old.
import { rmSync, statSync, writeFileSync } from "node:fs";

/** A file older than this, in milliseconds, asks for nothing any more. */
const freshMs = 30_000;

const fileOf = (path: string): string => `${path}-backup`;

/** Whether somebody copies the store whose database is at `path`. Asked before every transaction. */
export function isCopied(path: string): boolean {
  const found = statSync(fileOf(path), { throwIfNoEntry: false });
  return found !== undefined && Math.abs(Date.now() - found.mtimeMs) < freshMs;
}

/** Removes what a killed copier left. */
export function removeHold(path: string): void {
  rmSync(fileOf(path), { force: true });
}

/** Asks for it until the answered function is called. */
export function holdLog(path: string): () => void {
  const ask = (): void => {
    try {
      writeFileSync(fileOf(path), "", { mode: 0o600 });
    } catch {
      // A directory that may not be written: then only luck, or a store at rest, gives a whole copy.
    }
  };
  ask();
  const timer = setInterval(ask, freshMs / 6);
  return () => {
    clearInterval(timer);
    removeHold(path);
  };
}

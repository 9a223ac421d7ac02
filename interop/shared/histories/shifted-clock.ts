// Loaded before a daemon (`--import`): its machine's wall clock is off by what stands in a file, and the monotonic one is right.
// libfaketime could do so too, but leaves files in /dev/shm of each process that is killed.
import { readFileSync } from "node:fs";

/** Names the file: milliseconds, as text. */
const file = process.env.X_CLOCK_OFFSET_FILE;
const lookEveryMs = 5;

if (file !== undefined) {
  const rightNow = Date.now;
  let offsetMs = 0;
  let lookedMono = Number.NEGATIVE_INFINITY;
  Date.now = () => {
    const mono = performance.now();
    if (mono - lookedMono >= lookEveryMs) {
      lookedMono = mono;
      offsetMs = Number(readFileSync(file, "utf8"));
    }
    return rightNow() + offsetMs;
  };
}

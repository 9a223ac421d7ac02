// From which second on a new store counts its tokens: one that rises from start to start of this user's daemons on this machine,
// whatever the wall clock does. Stores without a disk remember nothing, so a small file in the temporary directory does.
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** No daemon gives out as many tokens in its life as are between two seconds so far apart. */
const marginSeconds = 3_600;
/** Tokens stay below 2^53 until then. */
const lastSecond = 2 ** 33 - 1;

/**
 * Answers `nowSeconds`, or a later second if an earlier start of this user counted from there or later. Where the temporary
 * directory takes no file it is the clock's word alone.
 */
export function risingSecond(nowSeconds: number, directory: string = tmpdir()): number {
  let file: number | undefined;
  try {
    const { uid } = userInfo();
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
    file = openSync(
      join(directory, `agentkeeper-tokens-${uid}`),
      O_RDWR | O_CREAT | (O_NOFOLLOW ?? 0),
      0o600,
    );
    if (uid !== -1 && fstatSync(file).uid !== uid) {
      return nowSeconds;
    }
    const noted = Number(readFileSync(file, "utf8"));
    const isLater = Number.isSafeInteger(noted) && noted >= nowSeconds && noted < lastSecond - marginSeconds;
    const second = isLater ? noted + marginSeconds : nowSeconds;
    ftruncateSync(file);
    writeSync(file, `${second}\n`, 0);
    return second;
  } catch {
    return nowSeconds;
  } finally {
    if (file !== undefined) {
      closeSync(file);
    }
  }
}

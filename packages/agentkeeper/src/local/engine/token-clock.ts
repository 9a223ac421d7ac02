// From which second on a new store counts its tokens: one that rises from start to start of this user's daemons on this machine,
// whatever the wall clock does. Stores without a disk remember nothing, so a small file in the temporary directory does.
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** A start so far behind the one before it has a clock that was set back; one that is less far only came soon after it. */
const setBackSeconds = 60;
/** What a daemon may have given out since: a million tokens a second for so many seconds. */
const marginSeconds = 60;
/** Tokens stay below 2^53 until then. */
const lastSecond = 2 ** 33 - 1;
/** The file is always as long, and written in one piece: who reads while another writes finds the one number or the other. */
const notedBytes = 12;

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
    const bytes = Buffer.alloc(notedBytes);
    const noted = Number(bytes.toString("latin1", 0, readSync(file, bytes, 0, notedBytes, 0)));
    const isLater = Number.isSafeInteger(noted) && noted >= nowSeconds && noted < lastSecond - marginSeconds;
    const step = noted - nowSeconds < setBackSeconds ? 1 : marginSeconds;
    const second = isLater ? noted + step : nowSeconds;
    writeSync(file, `${String(second).padStart(notedBytes - 1, "0")}\n`, 0);
    return second;
  } catch {
    return nowSeconds;
  } finally {
    if (file !== undefined) {
      closeSync(file);
    }
  }
}

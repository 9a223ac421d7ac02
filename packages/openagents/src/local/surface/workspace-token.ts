// The token of the default workspace where nobody chose one: random, and kept so that it stays the same over restarts.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "@x/core/base";
import { newToken } from "./secrets.ts";

const fileName = "workspace-token";

/** @param directory where the store lies; `undefined` for one in memory, whose token ends with it */
export async function keptToken(
  directory: string | undefined,
): Promise<{ readonly token: string; readonly isNew: boolean }> {
  if (directory === undefined) {
    return { token: newToken(), isNew: true };
  }
  const path = join(directory, fileName);
  // A crash may have left half a token, or none: an empty one would let everybody in.
  const kept = /^[\w-]{43}(?![\w-])/.exec(await textIn(path))?.[0];
  if (kept !== undefined) {
    return { token: kept, isNew: false };
  }
  const token = newToken();
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(path, `${token}\n`, { mode: 0o600, flush: true });
  return { token, isNew: true };
}

async function textIn(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return "";
    }
    throw error;
  }
}

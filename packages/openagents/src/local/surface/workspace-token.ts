// The token of the default workspace where nobody chose one: random, and kept so that it stays the same over restarts.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
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
  try {
    return { token: (await readFile(path, "utf8")).trim(), isNew: false };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      throw error;
    }
    const token = newToken();
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(path, `${token}\n`, { mode: 0o600, flag: "wx", flush: true });
    return { token, isNew: true };
  }
}

// Files that only their owner may read, written whole or not at all, and never over another.

import { randomUUID } from "node:crypto";
import { constants, type FileHandle, link, open, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { brandError } from "../errors/error-brand.ts";
import { ServiceError, type ServiceErrorOptions } from "../errors/errors.ts";
import { messageOf } from "../errors/foreign.ts";
import { makePrivateDirectory } from "./make-directory.ts";

/**
 * A key file cannot be trusted, read or written. Codes: `key_file_missing`, `key_file_symlink`, `key_file_not_regular`,
 * `key_file_permissions`, `key_file_corrupt`, `key_file_io`. `path` names the file.
 */
export class KeyFileError extends ServiceError {
  readonly path: string;

  static {
    brandError(KeyFileError, "@x/core", "KeyFileError");
  }

  constructor(message: string, path: string, options: Omit<ServiceErrorOptions, "service">) {
    super(message, { service: "core", ...options });
    this.path = path;
  }
}

/** Larger files hold no key. */
const sizeLimit = 65_536;

/** How to read. */
export interface ReadPrivateFileOptions {
  /** Told, instead of an error, that group or others may read the file. */
  readonly onLoosePermissions?: ((message: string) => void) | undefined;
}

/**
 * The text of a private file.
 *
 * @throws KeyFileError if it is missing, a symbolic link, no regular file, readable by others, or too large.
 */
export async function readPrivateFile(path: string, options: ReadPrivateFileOptions = {}): Promise<string> {
  const operation = "readPrivateFile";
  // NONBLOCK keeps a named pipe from holding us up until somebody writes to it.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags).catch((cause: unknown) => {
    throw openError(path, operation, cause);
  });
  try {
    await checkFile(file, path, operation, options);
    return await file.readFile("utf8");
  } catch (cause) {
    throw cause instanceof KeyFileError ? cause : ioError(path, operation, cause);
  } finally {
    await file.close();
  }
}

/**
 * Writes a file with mode 0600 in one step, making its directory with mode 0700 if there is none. When the promise
 * resolves the file is on the disk. Of several processes that race, one wins.
 *
 * @returns `false`, with nothing changed, if there is something at the path already.
 * @throws KeyFileError `key_file_io`
 */
export async function writePrivateFileOnce(path: string, text: string): Promise<boolean> {
  const directory = dirname(path);
  const draft = join(directory, `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    makePrivateDirectory(directory);
    try {
      await writeSynced(draft, text);
      // Unlike rename, link refuses to replace what is there.
      return await link(draft, path).then(
        () => syncDirectory(directory),
        (error: unknown) => {
          if (errorCode(error) === "EEXIST") {
            return false;
          }
          throw error;
        },
      );
    } finally {
      await rm(draft, { force: true });
    }
  } catch (cause) {
    throw ioError(path, "writePrivateFileOnce", cause);
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text, "utf8");
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The new name is lost in a crash unless its directory is written too. */
async function syncDirectory(directory: string): Promise<true> {
  if (process.platform !== "win32") {
    const handle = await open(directory, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  return true;
}

async function checkFile(
  file: FileHandle,
  path: string,
  operation: string,
  options: ReadPrivateFileOptions,
): Promise<void> {
  const { mode, size } = await file.stat();
  if ((mode & constants.S_IFMT) !== constants.S_IFREG) {
    throw new KeyFileError(`${path} is not a regular file and is refused as a key file.`, path, {
      operation,
      code: "key_file_not_regular",
    });
  }
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    const problem = `${path} holds a private key and can be used by others (mode ${(mode & 0o777).toString(8)}). Run: chmod 600 ${path}`;
    if (options.onLoosePermissions === undefined) {
      throw new KeyFileError(problem, path, { operation, code: "key_file_permissions" });
    }
    options.onLoosePermissions(problem);
  }
  if (size > sizeLimit) {
    throw new KeyFileError(`${path} has ${size} bytes; no key file is that large.`, path, {
      operation,
      code: "key_file_corrupt",
    });
  }
}

function openError(path: string, operation: string, cause: unknown): KeyFileError {
  switch (errorCode(cause)) {
    case "ENOENT":
      return new KeyFileError(`There is no key file at ${path}.`, path, {
        operation,
        code: "key_file_missing",
        cause,
      });
    case "ELOOP":
    case "EMLINK":
      return new KeyFileError(
        `${path} is a symbolic link and is refused as a key file: name the file itself.`,
        path,
        { operation, code: "key_file_symlink", cause },
      );
    default:
      return ioError(path, operation, cause);
  }
}

function ioError(path: string, operation: string, cause: unknown): KeyFileError {
  const text = messageOf(cause);
  return new KeyFileError(`The key file ${path} cannot be used: ${text}`, path, {
    operation,
    code: "key_file_io",
    cause,
  });
}

function errorCode(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

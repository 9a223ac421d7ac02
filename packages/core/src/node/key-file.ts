// Identities on disk: made once, by whichever process comes first, and read strictly.

import { hasCode } from "../errors/errors.ts";
import { generateIdentity, type Identity, identityFromSeed } from "../identity/identity.ts";
import {
  KeyFileError,
  type ReadPrivateFileOptions,
  readPrivateFile,
  writePrivateFileOnce,
} from "./private-file.ts";

/** What an identity looks like in a file. */
export interface IdentityCodec {
  encode(identity: Identity): string;
  /** Throws, or answers `undefined`, if the text is not a whole and consistent key. */
  decode(text: string): Identity | undefined;
}

/** How to treat a key file. */
export interface KeyFileOptions extends ReadPrivateFileOptions {
  /**
   * The format.
   * @default identityJson
   */
  readonly codec?: IdentityCodec | undefined;
}

/** One JSON object: `version` 1, `algorithm`, `privateKey` (64 hex characters of the seed), `publicKey` (64 hex). */
export const identityJson: IdentityCodec = {
  encode: (identity) =>
    `${JSON.stringify({
      version: 1,
      algorithm: identity.algorithm,
      privateKey: identity.exportSeedText("hex"),
      publicKey: identity.publicKeyHex,
    })}\n`,
  decode(text: string): Identity | undefined {
    const content: unknown = JSON.parse(text);
    if (
      typeof content !== "object" ||
      content === null ||
      !("privateKey" in content) ||
      !("publicKey" in content)
    ) {
      return undefined;
    }
    const { privateKey, publicKey } = content;
    if (typeof privateKey !== "string" || !/^[0-9a-f]{64}$/.test(privateKey)) {
      return undefined;
    }
    const identity = identityFromSeed(privateKey);
    return identity.publicKeyHex === publicKey ? identity : undefined;
  },
};

/**
 * The identity in a key file.
 *
 * @throws KeyFileError if the file is missing, can be read by others, is a link, or does not hold a whole key.
 */
export async function loadIdentity(path: string, options: KeyFileOptions = {}): Promise<Identity> {
  const text = await readPrivateFile(path, options);
  const identity = decodeQuietly(options.codec ?? identityJson, text);
  if (identity === undefined) {
    throw new KeyFileError(
      `${path} does not hold a whole key. It is left as it is: restore it from a copy, or move it away to get a new key.`,
      path,
      { operation: "loadIdentity", code: "key_file_corrupt" },
    );
  }
  return identity;
}

/**
 * Stores an identity in a new file with mode 0600.
 *
 * @returns `false`, with nothing changed, if there is a file already.
 * @throws KeyFileError `key_file_io`
 */
export function saveIdentity(
  path: string,
  identity: Identity,
  options: KeyFileOptions = {},
): Promise<boolean> {
  return writePrivateFileOnce(path, (options.codec ?? identityJson).encode(identity));
}

/**
 * The identity in a key file, made at the first use. Processes that race get the same one.
 *
 * @throws KeyFileError as {@link loadIdentity}; what is there and cannot be trusted is never replaced.
 */
export async function loadOrCreateIdentity(path: string, options: KeyFileOptions = {}): Promise<Identity> {
  try {
    return await loadIdentity(path, options);
  } catch (error) {
    if (!hasCode(error, "key_file_missing")) {
      throw error;
    }
  }
  const identity = generateIdentity();
  return (await saveIdentity(path, identity, options)) ? identity : await loadIdentity(path, options);
}

/** A parser's message may quote the text, and the text is the secret. */
function decodeQuietly(codec: IdentityCodec, text: string): Identity | undefined {
  try {
    return codec.decode(text);
  } catch {
    return undefined;
  }
}

// Who the client is: a seed, a signer, or a file that is made at the first use.

import { codeOf, identityFromSeed, isBytes, type Signer, toHex } from "@x/core";
import { GridError } from "../errors.ts";
import type { KeypairInfo } from "../types.ts";
import { didOf, nodeIdOf } from "../wire/node-id.ts";

/** Who signs: a key in memory, or something that holds one, such as a hardware module. */
export interface GridSigner {
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array;
  /** The 64-byte Ed25519 signature of the bytes. */
  sign(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Where an identity comes from. */
export interface IdentityOptions {
  /** Names the identity file: 1 to 64 letters, digits, `.`, `_` and `-`. */
  readonly agentName?: string | undefined;
  /** A seed (32 bytes, or their hex or base64url), or who signs; then no file is touched. */
  readonly identity?: GridSigner | Uint8Array | string | undefined;
  /** The directory of identity files. @default `GRID_HOME` + `/identities`, else `~/.grid/identities` */
  readonly identityDir?: string | undefined;
  /** Told, once, that others can read the file. */
  readonly onWarning: (message: string) => void;
}

/** An identity in use. */
export interface ClientIdentity {
  readonly info: KeypairInfo;
  readonly signer: Pick<Signer, "sign">;
}

/** The identity as an identity file or a caller gives it. */
export interface FoundIdentity {
  readonly signer: GridSigner;
  readonly path: string | null;
}

/**
 * @throws GridError `bad_agent_name`, `missing_identity`, `bad_identity`
 */
export function checkIdentityOptions({ agentName, identity }: IdentityOptions): void {
  if (agentName !== undefined && (!/^[A-Za-z0-9._-]{1,64}$/.test(agentName) || /^\.\.?$/.test(agentName))) {
    throw new GridError(
      `agentName must be 1 to 64 letters, digits, ".", "_" and "-", and neither "." nor ".."; not ${JSON.stringify(agentName.slice(0, 80))}.`,
      { reason: "bad_agent_name" },
    );
  }
  if (agentName === undefined && identity === undefined) {
    throw new GridError("Give agentName, which names an identity file, or an identity.", {
      reason: "missing_identity",
    });
  }
}

/**
 * Loads or makes the identity.
 *
 * @throws GridError `bad_identity`, `no_file_system`, `identity_corrupt`, `identity_mismatch`, `identity_unusable`
 */
export async function openIdentity(options: IdentityOptions): Promise<ClientIdentity> {
  const { identity } = options;
  const { signer, path } =
    identity === undefined ? await fromFile(options) : { signer: signerOf(identity), path: null };
  const publicKey = signer.publicKey.slice();
  return {
    signer: { sign: (bytes) => signer.sign(bytes) },
    info: { path, nodeId: nodeIdOf(publicKey), did: didOf(publicKey), publicKey: toHex(publicKey) },
  };
}

/** Loads what reads files when a file is asked for: importing the client must not pay for it. */
async function fromFile(options: IdentityOptions): Promise<FoundIdentity> {
  const { loadIdentityFile } = await import("#identity-files");
  return await loadIdentityFile(options);
}

function signerOf(identity: GridSigner | Uint8Array | string): GridSigner {
  if (typeof identity === "string" || isBytes(identity)) {
    try {
      return identityFromSeed(identity);
    } catch (error) {
      // Not its message or its cause: nothing that was given may show.
      throw codeOf(error) === "invalid_seed" ? badIdentity() : error;
    }
  }
  const isSigner =
    typeof identity === "object" &&
    identity !== null &&
    isBytes(identity.publicKey) &&
    identity.publicKey.length === 32 &&
    typeof identity.sign === "function";
  if (!isSigner) {
    throw badIdentity();
  }
  return identity;
}

function badIdentity(): GridError {
  return new GridError(
    "identity must be a seed (32 bytes, 64 hex digits or 43 characters of base64url) or { publicKey, sign }.",
    { reason: "bad_identity" },
  );
}

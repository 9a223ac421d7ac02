// Identities in files: made once by whichever process comes first, read in every form that tools write, never overwritten.

import { homedir } from "node:os";
import { join } from "node:path";
import {
  environmentValue,
  fromHex,
  hasCode,
  type Identity,
  identityFromSeed,
  messageOf,
  toHex,
} from "@x/core";
import { type IdentityCodec, loadOrCreateIdentity } from "@x/core/node";
import type { FoundIdentity, IdentityOptions } from "../client/identity.ts";
import { GridError } from "../errors.ts";
import { namesOf } from "../wire/names.ts";
import { didOf, nodeIdOf } from "../wire/node-id.ts";
import { gridProfile } from "../wire/profile.ts";
import { readWrittenKey } from "./secret-forms.ts";

/**
 * The identity of an agent's file, made at the first use.
 *
 * @throws GridError `identity_corrupt`, `identity_mismatch`, `identity_unusable`
 */
export async function loadIdentityFile(options: IdentityOptions): Promise<FoundIdentity> {
  const { agentName = "", identityDir = defaultIdentityDir(), onWarning } = options;
  const path = join(identityDir, `${agentName}.json`);
  const codec = codecOf(agentName);
  try {
    const signer = await loadOrCreateIdentity(path, { codec, onLoosePermissions: onWarning });
    return { signer, path };
  } catch (error) {
    if (codec.mismatch !== undefined) {
      throw new GridError(
        `${path}: its ${codec.mismatch} is not that of its private key. It is left as it is: restore it from a copy.`,
        { reason: "identity_mismatch" },
      );
    }
    const reason = hasCode(error, "key_file_corrupt") ? "identity_corrupt" : "identity_unusable";
    throw new GridError(messageOf(error), { reason, cause: error });
  }
}

/** `GRID_HOME` + `/identities`, else `~/.grid/identities`. */
export function defaultIdentityDir(): string {
  return join(environmentValue("GRID_HOME") ?? join(homedir(), ".grid"), "identities");
}

/** The form of the file; notes what in it contradicts the key. */
function codecOf(name: string): IdentityCodec & { readonly mismatch: string | undefined } {
  let mismatch: string | undefined;
  return {
    get mismatch(): string | undefined {
      return mismatch;
    },
    encode: (identity) => `${JSON.stringify(contentOf(name, identity))}\n`,
    decode(text: string): Identity | undefined {
      const content: unknown = JSON.parse(text);
      if (typeof content !== "object" || content === null) {
        return undefined;
      }
      const members = new Map<string, unknown>(Object.entries(content));
      const key = firstText(members, "private_key", "privateKey", "secret_key", "secretKey", "seed");
      const written = key === undefined ? undefined : readWrittenKey(key);
      if (written === undefined) {
        return undefined;
      }
      const identity = identityFromSeed(written.seed);
      mismatch = contradiction(members, identity, written.publicKey);
      return mismatch === undefined ? identity : undefined;
    },
  };
}

function contentOf(name: string, identity: Identity): Readonly<Record<string, unknown>> {
  return {
    version: 1,
    name,
    algorithm: identity.algorithm,
    privateKey: identity.exportSeedText("hex"),
    publicKey: identity.publicKeyHex,
    nodeId: nodeIdOf(identity.publicKey),
    did: didOf(identity.publicKey),
    createdAt: new Date().toISOString(),
  };
}

/** The name of a member that is there and is not what follows from the key. */
function contradiction(
  members: ReadonlyMap<string, unknown>,
  { publicKey, publicKeyHex }: Identity,
  written: Uint8Array | undefined,
): string | undefined {
  if (written !== undefined && toHex(written) !== publicKeyHex) {
    return "public half";
  }
  const said = namesOf(gridProfile).ours(Object.fromEntries(members));
  const expected = { publicKey: publicKeyHex, nodeId: nodeIdOf(publicKey), did: didOf(publicKey) };
  return Object.entries(expected).find(
    ([name, value]) => (said[name] ?? null) !== null && !isSame(said[name], value),
  )?.[0];
}

/** Hex in either case, and a key also in base64, are the same thing. */
function isSame(said: unknown, value: string): boolean {
  if (typeof said !== "string") {
    return false;
  }
  if (said.toLowerCase() === value) {
    return true;
  }
  const bytes = fromHex(value);
  return bytes !== undefined && Buffer.from(said, "base64").equals(bytes);
}

function firstText(members: ReadonlyMap<string, unknown>, ...names: readonly string[]): string | undefined {
  return names.map((name) => members.get(name)).find((value) => typeof value === "string");
}

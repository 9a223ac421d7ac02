// The keys of agents: in two files each where there is a data directory, else in memory; made once, and again only when asked for.
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, type Identity } from "@x/core/base";
import { type IdentityCodec, loadOrCreateIdentity } from "@x/core/node";
import type { Log } from "@x/core/service";
import { identityOf, privateKeyPem, publicKeyBase58, publicKeyPem } from "../../wire/keys.ts";

/** The key of an agent. */
export interface AgentKey {
  readonly identity: Identity;
  readonly publicKeyBase58: string;
  /** When it was made. */
  readonly createdMs: number;
}

export interface Identities {
  /** The key of an agent whose key was taken up. @throws {RangeError} for another */
  of(agentId: string): AgentKey;
  /**
   * Takes up the key of an agent, in files the one that goes by its name; makes one where there is none.
   *
   * @param anew makes one in any case
   * @throws KeyFileError for files that cannot be trusted or written
   */
  take(agent: { readonly agentId: string; readonly name: string }, anew: boolean): Promise<AgentKey>;
}

/** PKCS#8 in PEM, as the official core writes it. */
const pemFile: IdentityCodec = { encode: privateKeyPem, decode: (text) => identityOf(text) };

export function createIdentities(options: {
  readonly dataDir: string | undefined;
  readonly log: Log;
  readonly nowMs: () => number;
}): Identities {
  const { dataDir, log, nowMs } = options;
  const keys = new Map<string, AgentKey>();

  const inMemory = (agentId: string, anew: boolean): AgentKey =>
    (anew ? undefined : keys.get(agentId)) ?? keyOf(generateIdentity(), nowMs());

  const onDisk = async (directory: string, anew: boolean): Promise<AgentKey> => {
    const [secret, open] = [join(directory, "private.pem"), join(directory, "public.pem")];
    // Half a pair is none: the official core makes both anew then, too.
    const isWhole = [secret, open].every((file) => statSync(file, { throwIfNoEntry: false }) !== undefined);
    if (anew || !isWhole) {
      rmSync(secret, { force: true });
      rmSync(open, { force: true });
    }
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const identity = await loadOrCreateIdentity(secret, {
      codec: pemFile,
      onLoosePermissions: (message) => log.warn({ file: secret }, message),
    });
    if (anew || !isWhole) {
      writeFileSync(open, publicKeyPem(identity.publicKey), { mode: 0o644 });
    }
    return keyOf(identity, Math.floor(statSync(secret).mtimeMs));
  };

  return {
    of(agentId) {
      const key = keys.get(agentId);
      if (key === undefined) {
        throw new RangeError(`the key of agent ${agentId} was not taken up`);
      }
      return key;
    },

    async take({ agentId, name }, anew) {
      const key =
        dataDir === undefined
          ? inMemory(agentId, anew)
          : await onDisk(join(dataDir, ".bindu", "agents", folderOf(name), ".bindu"), anew);
      keys.set(agentId, key);
      return key;
    },
  };
}

const keyOf = (identity: Identity, createdMs: number): AgentKey => ({
  identity,
  publicKeyBase58: publicKeyBase58(identity.publicKey),
  createdMs,
});

/** The folder of a name: the name itself wherever that is one folder, as the official core has it. */
export function folderOf(name: string): string {
  if (name === "." || name === "..") {
    return name.replaceAll(".", percent);
  }
  return name.replace(/[/\\]|%(?=[\da-fA-F]{2})/g, percent).replaceAll("\0", percent);
}

const percent = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

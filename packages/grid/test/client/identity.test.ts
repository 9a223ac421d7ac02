import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { identityFromSeed, toBase64Url, toHex } from "@x/core";
import { describe, expect, it } from "vitest";
import { loadIdentityFile } from "../../src/client/no-identity-files.ts";
import { GridClient, GridError } from "../../src/index.ts";
import { vectors } from "../wire/vector-file.ts";

const { seed, publicKey, nodeId } = vectors.constants;
const bytes = Buffer.from(seed, "hex");

interface Home extends AsyncDisposable {
  readonly dir: string;
  readonly path: string;
  open(agentName?: string, onWarning?: (message: string) => void): Promise<GridClient>;
  write(content: unknown): Promise<void>;
}

async function makeHome(): Promise<Home> {
  const dir = await mkdtemp(join(tmpdir(), "grid-"));
  const identityDir = join(dir, "deep", "identities");
  const path = join(identityDir, "me.json");
  return {
    dir: identityDir,
    path,
    open: (agentName = "me", onWarning = () => undefined) =>
      GridClient.open({ agentName, identityDir, url: "http://127.0.0.1:1", onWarning }),
    async write(content): Promise<void> {
      await (await import("node:fs/promises")).mkdir(identityDir, { recursive: true, mode: 0o700 });
      await writeFile(path, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await rm(dir, { recursive: true });
    },
  };
}

const idOf = async (client: GridClient): Promise<string> => (await client.keypairInfo()).nodeId;

describe("an identity file", () => {
  it("G2 is made at the first use, for its owner only, and used again", async () => {
    await using home = await makeHome();
    const first = await (await home.open()).keypairInfo();
    const content: Record<string, unknown> = JSON.parse(await readFile(home.path, "utf8"));
    expect(content).toMatchObject({
      version: 1,
      name: "me",
      algorithm: "ed25519",
      nodeId: first.nodeId,
      did: first.did,
    });
    expect(Object.keys(content)).toEqual([
      "version",
      "name",
      "algorithm",
      "privateKey",
      "publicKey",
      "nodeId",
      "did",
      "createdAt",
    ]);
    expect((await stat(home.path)).mode & 0o777).toBe(0o600);
    expect((await stat(home.dir)).mode & 0o777).toBe(0o700);
    expect(first.path).toBe(home.path);
    expect(await (await home.open()).keypairInfo()).toEqual(first);
  });

  it("G3 is one for all who make it at the same time, and leaves nothing beside it", async () => {
    await using home = await makeHome();
    const ids = await Promise.all(Array.from({ length: 20 }, async () => idOf(await home.open())));
    expect(new Set(ids).size).toBe(1);
    expect(await readdir(home.dir)).toEqual(["me.json"]);
  });

  it.each(["", ".", "..", "a/b", "a\\b", "é", "a b", "x".repeat(65), "a\0"])(
    "G4 is refused the name %j before any file is touched",
    async (agentName) => {
      await using home = await makeHome();
      await expect(home.open(agentName)).rejects.toMatchObject({
        name: "GridError",
        reason: "bad_agent_name",
      });
      await expect(readdir(home.dir)).rejects.toThrow("ENOENT");
    },
  );

  const pem = `-----BEGIN PRIVATE KEY-----\n${Buffer.concat([Buffer.from(vectors.constants.pkcs8Prefix ?? "", "hex"), bytes]).toString("base64")}\n-----END PRIVATE KEY-----\n`;
  const both = Buffer.concat([bytes, Buffer.from(publicKey, "hex")]);
  it.each([
    ["privateKey in hex", { privateKey: seed }],
    ["private_key in upper-case hex", { private_key: seed.toUpperCase() }],
    ["secret_key of seed and public key in hex", { secret_key: seed + publicKey }],
    ["seed in base64", { seed: bytes.toString("base64") }],
    ["seed in base64url", { seed: toBase64Url(bytes) }],
    ["privateKey of seed and public key in base64", { privateKey: both.toString("base64") }],
    ["privateKey in PEM", { privateKey: pem }],
    ["with what follows from it", { privateKey: seed, public_key: publicKey, node_id: nodeId, did: null }],
  ])("G5 G133 is read when another tool wrote it: %s", async (_, content) => {
    await using home = await makeHome();
    await home.write(content);
    const before = await readFile(home.path, "utf8");
    expect(await idOf(await home.open())).toBe(nodeId);
    expect(await readFile(home.path, "utf8")).toBe(before);
  });

  const { otherPublicKey, otherNodeId } = vectors.constants;
  it.each([
    ["another publicKey", { privateKey: seed, publicKey: otherPublicKey }],
    ["another nodeId", { privateKey: seed, nodeId: otherNodeId }],
    ["another did", { privateKey: seed, did: `did:grid:${otherPublicKey}` }],
    ["another public half", { privateKey: seed + otherPublicKey }],
  ])("G5 is refused with %s, and left as it is", async (_, content) => {
    await using home = await makeHome();
    await home.write(content);
    await expect(home.open()).rejects.toMatchObject({ name: "GridError", reason: "identity_mismatch" });
    expect(JSON.parse(await readFile(home.path, "utf8"))).toEqual(content);
  });

  it.each(["", "{", "[]", "null", "{}", '{"privateKey":"short"}', '{"privateKey":7}'])(
    "G5 G7 is refused with the text %j, and left as it is",
    async (text) => {
      await using home = await makeHome();
      await home.write(text);
      await expect(home.open()).rejects.toMatchObject({ name: "GridError", reason: "identity_corrupt" });
      expect(await readFile(home.path, "utf8")).toBe(text);
    },
  );

  it("G6 that others can read is used, with one warning", async () => {
    await using home = await makeHome();
    await home.write({ privateKey: seed });
    await chmod(home.path, 0o644);
    const told: string[] = [];
    const client = await home.open("me", (message) => told.push(message));
    await client.keypairInfo();
    expect(told).toEqual([expect.stringContaining("chmod 600")]);
  });

  it("G6 lies in GRID_HOME where that is set", async () => {
    await using home = await makeHome();
    const before = process.env.GRID_HOME;
    process.env.GRID_HOME = join(home.dir, "home");
    try {
      const client = await GridClient.open({ agentName: "me" });
      expect((await client.keypairInfo()).path).toBe(join(home.dir, "home", "identities", "me.json"));
    } finally {
      if (before === undefined) delete process.env.GRID_HOME;
      else process.env.GRID_HOME = before;
    }
  });

  it("G112 is what a runtime without files says is missing", async () => {
    await expect(loadIdentityFile({ onWarning: () => undefined })).rejects.toMatchObject({
      name: "GridError",
      reason: "no_file_system",
    });
  });
});

describe("an identity that is given", () => {
  const signer = identityFromSeed(seed);
  it.each([
    ["a seed in bytes", new Uint8Array(bytes)],
    ["a seed in hex", seed],
    ["a seed in base64url", toBase64Url(bytes)],
    ["who signs", { publicKey: signer.publicKey, sign: async (content: Uint8Array) => signer.sign(content) }],
  ])("G6 works without a file: %s", async (_, identity) => {
    const client = await GridClient.open({ identity });
    expect(await client.keypairInfo()).toMatchObject({
      path: null,
      nodeId,
      publicKey: toHex(signer.publicKey),
    });
  });

  it.each([
    ["a short seed", "ab"],
    ["a number", 7],
    ["no key", { sign: () => undefined }],
    ["null", null],
  ])("G6 is refused when it is %s", async (_, identity) => {
    await expect(GridClient.open({ identity: identity as never })).rejects.toMatchObject({
      reason: "bad_identity",
    });
  });

  it("G6 must be there, or a name for one", () => {
    expect(() => new GridClient({})).toThrow(expect.objectContaining({ reason: "missing_identity" }));
    expect(() => new GridClient({ agentname: "a" } as never)).toThrow("agentName");
    expect(() => new GridClient({})).toThrow(GridError);
  });

  it("G7 shows its key nowhere", async () => {
    const client = await GridClient.open({ identity: seed });
    const info = await client.keypairInfo();
    const shown =
      inspect({ client, info }, { depth: 9, showHidden: true }) + JSON.stringify({ client, info });
    expect(shown).not.toContain(seed);
    expect(shown).not.toContain(bytes.toString("base64"));
  });
});

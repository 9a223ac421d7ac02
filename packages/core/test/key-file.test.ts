import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { generateIdentity, identityFromSeed } from "../src/index.ts";
import {
  type IdentityCodec,
  KeyFileError,
  loadIdentity,
  loadOrCreateIdentity,
  saveIdentity,
} from "../src/node/index.ts";
import { readPrivateFile, writePrivateFileOnce } from "../src/node/private-file.ts";
import { alice, bob } from "../src/testing/index.ts";

let directory = "";
let path = "";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "key-file-"));
  path = join(directory, "keys", "agent.json");
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function modeOf(name: string): Promise<string> {
  return ((await stat(name)).mode & 0o777).toString(8);
}

async function failure(action: Promise<unknown>): Promise<KeyFileError> {
  const error = await action.catch((thrown: unknown) => thrown);
  if (!(error instanceof KeyFileError)) {
    throw new Error(`expected a KeyFileError, got ${error}`);
  }
  return error;
}

describe("a key file", () => {
  it("is made once, for its owner alone, in a directory for its owner alone, with nothing beside it", async () => {
    const made = await loadOrCreateIdentity(path);
    expect(await modeOf(path)).toBe("600");
    expect(await modeOf(join(directory, "keys"))).toBe("700");
    expect(await readdir(join(directory, "keys"))).toEqual(["agent.json"]);
    const again = await loadOrCreateIdentity(path);
    expect(again.publicId).toBe(made.publicId);
    expect(again.exportSeed()).toEqual(made.exportSeed());
  });

  it("is private also under a umask that hides nothing", async () => {
    const before = process.umask(0);
    try {
      await loadOrCreateIdentity(path);
    } finally {
      process.umask(before);
    }
    expect(await modeOf(path)).toBe("600");
    expect(await modeOf(join(directory, "keys"))).toBe("700");
  });

  it("is never replaced by saving", async () => {
    expect(await saveIdentity(path, alice)).toBe(true);
    expect(await saveIdentity(path, bob)).toBe(false);
    expect((await loadIdentity(path)).publicId).toBe(alice.publicId);
    expect(await readdir(join(directory, "keys"))).toEqual(["agent.json"]);
  });

  it("can have a format of its own", async () => {
    const codec: IdentityCodec = {
      encode: (identity) => `seed ${identity.exportSeedText("base64url")}`,
      decode: (text) => (text.startsWith("seed ") ? identityFromSeed(text.slice(5)) : undefined),
    };
    const made = await loadOrCreateIdentity(path, { codec });
    expect(await readFile(path, "utf8")).toBe(`seed ${made.exportSeedText("base64url")}`);
    expect((await loadIdentity(path, { codec })).publicId).toBe(made.publicId);
  });

  it("is missing with a clear error where it must be there", async () => {
    expect(await failure(loadIdentity(path))).toMatchObject({ code: "key_file_missing", path });
  });
});

describe("a key file that cannot be trusted is refused and left as it is", () => {
  const text = `${JSON.stringify({ version: 1, algorithm: "ed25519", privateKey: alice.exportSeedText("hex"), publicKey: alice.publicKeyHex })}\n`;

  beforeEach(() => mkdir(join(directory, "keys"), { mode: 0o700 }));

  it.each(["640", "604", "660", "620", "601", "644"])("mode %s", async (mode) => {
    await writeFile(path, text);
    await chmod(path, Number.parseInt(mode, 8));
    const error = await failure(loadOrCreateIdentity(path));
    expect(error).toMatchObject({ code: "key_file_permissions", service: "core" });
    expect(error.message).toContain(`chmod 600 ${path}`);
    expect(await modeOf(path)).toBe(mode);
  });

  it("mode 640 is only told, where the caller wants that", async () => {
    await writeFile(path, text);
    await chmod(path, 0o640);
    const onLoosePermissions = vi.fn();
    expect((await loadIdentity(path, { onLoosePermissions })).publicId).toBe(alice.publicId);
    expect(onLoosePermissions).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("mode 640"));
  });

  it("a symbolic link, also a good or a dangling one", async () => {
    const target = join(directory, "target.json");
    await symlink(target, path);
    expect(await failure(loadOrCreateIdentity(path))).toMatchObject({ code: "key_file_symlink" });
    await writeFile(target, text, { mode: 0o600 });
    expect(await failure(loadOrCreateIdentity(path))).toMatchObject({ code: "key_file_symlink" });
    expect(await saveIdentity(path, bob)).toBe(false);
    expect(await readFile(target, "utf8")).toBe(text);
  });

  it("a directory", async () => {
    await mkdir(path);
    expect(await failure(loadOrCreateIdentity(path))).toMatchObject({ code: "key_file_not_regular" });
  });

  it("a named pipe, without waiting for a writer", async () => {
    execFileSync("mkfifo", ["-m", "600", path]);
    expect(await failure(loadOrCreateIdentity(path))).toMatchObject({ code: "key_file_not_regular" });
  });

  const other = generateIdentity();
  it.each([
    ["empty", ""],
    ["cut off", text.slice(0, 70)],
    ["not JSON", "hello"],
    ["JSON of another kind", "[]"],
    ["null", "null"],
    ["without a key", '{"version":1}'],
    ["with a short key", text.replace(alice.exportSeedText("hex"), "00")],
    ["with a key of the wrong type", text.replace(`"${alice.exportSeedText("hex")}"`, "5")],
    ["whose halves do not belong together", text.replace(alice.publicKeyHex, other.publicKeyHex)],
    ["too large", text + " ".repeat(70_000)],
  ])("content that is %s", async (_, content) => {
    await writeFile(path, content, { mode: 0o600 });
    const error = await failure(loadOrCreateIdentity(path));
    expect(error.code).toBe("key_file_corrupt");
    expect(JSON.stringify(error) + error.stack).not.toContain(alice.exportSeedText("hex"));
    expect(await readFile(path, "utf8")).toBe(content);
  });

  it("a directory that cannot be made", async () => {
    await writeFile(join(directory, "file"), "");
    const error = await failure(loadOrCreateIdentity(join(directory, "file", "key.json")));
    expect(error.code).toBe("key_file_io");
  });
});

describe("a private file", () => {
  it("is written whole or not at all by any number of writers at once", async () => {
    const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(10_000));
    const written = await Promise.all(texts.map((text) => writePrivateFileOnce(path, text)));
    expect(written.filter(Boolean)).toHaveLength(1);
    expect(await readPrivateFile(path)).toBe(texts[written.indexOf(true)]);
    expect(await readdir(join(directory, "keys"))).toEqual(["agent.json"]);
  });
});

describe("processes that race for a key file", () => {
  it("all get the same key", async () => {
    const program = fileURLToPath(new URL("./programs/load-or-create.ts", import.meta.url));
    const racers = Array.from({ length: 6 }, () => {
      // The path of the package's own import in source form; see vitest.config.ts.
      const child = spawn(process.execPath, ["--import", sourceEngine, program, path], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      return { child, lines, closed: once(child, "close") };
    });
    await Promise.all(racers.map(({ lines }) => lines.next()));
    for (const { child } of racers) {
      child.stdin.write("go\n");
    }
    const ids = await Promise.all(racers.map(async ({ lines }) => (await lines.next()).value));
    expect(await Promise.all(racers.map(({ closed }) => closed))).toEqual(racers.map(() => [0, null]));
    expect(ids[0]).toMatch(/^ed25519:/);
    expect(new Set(ids).size).toBe(1);
    expect((await loadIdentity(path)).publicId).toBe(ids[0]);
    expect(await readdir(join(directory, "keys"))).toEqual(["agent.json"]);
  });
});

/**
 * Lets a plain Node process run the sources: `#ed25519` names a built file, which need not be there. Before Node 22.15,
 * which has no such hooks, it must be.
 */
const sourceEngine = `data:text/javascript,${encodeURIComponent(`
  import module from "node:module";
  module.registerHooks?.({
    resolve: (specifier, context, next) =>
      specifier === "#ed25519"
        ? { url: ${JSON.stringify(new URL("../src/node/ed25519.ts", import.meta.url).href)}, shortCircuit: true }
        : next(specifier, context),
  });
`)}`;

// Embedded mode: where the daemon comes from, that it is ready, and that it ends with its client.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { waitUntil } from "@x/core/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AgentKeeperClient } from "../src/index.ts";
import { daemonFile } from "./daemon-process.ts";

let folder: string;
const startFolder = process.cwd();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "agentkeeper-embedded-"));
  vi.stubEnv("AGENTKEEPER_BIN", "");
  // Nothing named agentkeeper on PATH but what a test puts there; the node that runs the scripts stays.
  vi.stubEnv("PATH", `${dirname(process.execPath)}${delimiter}/usr/bin${delimiter}/bin`);
});

afterEach(() => {
  process.chdir(startFolder);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A script that says which way it was found, then becomes the daemon. */
function placeBinary(name: string): { readonly path: string; readonly trace: string } {
  const path = join(folder, name);
  const trace = `${path}.args`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho "$@" > "${trace}"\nexec "${process.execPath}" "${daemonFile}" "$@"\n`);
  chmodSync(path, 0o755);
  return { path, trace };
}

async function argumentsOf(trace: string): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return (await readFile(trace, "utf8")).trim();
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("embedded", () => {
  it("AK-EMBED-5 starts the daemon of this package, knows its dashboard, and ends it with the client", async () => {
    const client = await AgentKeeperClient.embedded();
    const pid = client.daemon?.pid ?? 0;
    expect(client.dashboardUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect((await fetch(client.dashboardUrl ?? "")).status).toBe(200);
    await client.register({ name: "my-agent", description: "", version: "" });
    await client.close();
    expect(isRunning(pid)).toBe(false);
  });

  it("AK-EMBED-1 takes the binary option, passing only the flags that every daemon knows", async () => {
    const { path, trace } = placeBinary("chosen");
    await using client = await AgentKeeperClient.embedded({ binary: path });
    expect(await client.find()).toEqual([]);
    expect(await argumentsOf(trace)).toMatch(/^--addr=127\.0\.0\.1:[1-9]\d*$/);
    expect(client.dashboardUrl).toMatch(/^http:/);
  });

  it("AK-EMBED-1 a binary that is missing or not executable is an error", async () => {
    const { path } = placeBinary("plain");
    chmodSync(path, 0o644);
    for (const binary of [path, join(folder, "missing"), folder]) {
      await expect(AgentKeeperClient.embedded({ binary })).rejects.toMatchObject({
        code: "daemon_not_found",
      });
    }
  });

  it("AK-EMBED-2 takes AGENTKEEPER_BIN before PATH", async () => {
    const named = placeBinary("named");
    placeBinary("bin/agentkeeper");
    vi.stubEnv("PATH", `${join(folder, "bin")}${delimiter}${process.env.PATH}`);
    vi.stubEnv("AGENTKEEPER_BIN", named.path);
    await using client = await AgentKeeperClient.embedded();
    expect(await client.find()).toEqual([]);
    expect(await argumentsOf(named.trace)).toContain("--addr=");
  });

  it("AK-EMBED-5 a link that npm puts on PATH for its scripts is no other daemon than ours", async () => {
    placeBinary("node_modules/.bin/agentkeeper");
    vi.stubEnv("PATH", `${join(folder, "node_modules", ".bin")}${delimiter}${process.env.PATH}`);
    await using client = await AgentKeeperClient.embedded();
    expect(await client.find()).toEqual([]);
    expect(existsSync(join(folder, "node_modules", ".bin", "agentkeeper.args"))).toBe(false);
  });

  it("AK-EMBED-5 however ours was found, it ends with the program that is killed", async () => {
    const { path } = placeBinary("bin/agentkeeper");
    const program = `
      const { AgentKeeperClient } = await import(${JSON.stringify(import.meta.resolve("../dist/index.js"))});
      const client = await AgentKeeperClient.embedded({ binary: ${JSON.stringify(path)} });
      console.log(client.daemon.pid);
      process.kill(process.pid, "SIGKILL");
    `;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
    });
    const pid = Number(stdout);
    expect(pid).toBeGreaterThan(1);
    await waitUntil(() => !isRunning(pid), { what: "the end of the daemon" });
  });

  it("AK-EMBED-3 takes agentkeeper on PATH before the daemon folder", async () => {
    const onPath = placeBinary("bin/agentkeeper");
    placeBinary("daemon/agentkeeper");
    process.chdir(folder);
    vi.stubEnv("PATH", `${join(folder, "bin")}${delimiter}${process.env.PATH}`);
    await using client = await AgentKeeperClient.embedded();
    expect(await client.find()).toEqual([]);
    expect(await argumentsOf(onPath.trace)).toContain("--addr=");
  });

  it("AK-EMBED-4 takes ./daemon/agentkeeper under the working directory", async () => {
    const inFolder = placeBinary("daemon/agentkeeper");
    process.chdir(folder);
    await using client = await AgentKeeperClient.embedded();
    expect(await client.find()).toEqual([]);
    expect(await argumentsOf(inFolder.trace)).toContain("--addr=");
  });

  it("a daemon that exits early is an error at once, with what it said", async () => {
    const path = join(folder, "broken");
    writeFileSync(path, "#!/bin/sh\necho 'no such license' >&2\nexit 3\n");
    chmodSync(path, 0o755);
    await expect(AgentKeeperClient.embedded({ binary: path })).rejects.toMatchObject({
      code: "daemon_exited",
      message: expect.stringContaining("exited with code 3: no such license"),
    });
  });

  it.each([
    ["a binary of somebody else", true],
    ["our own daemon", false],
  ])(
    "never talks to the daemon of a stranger: %s on a port that is taken is an error",
    async (_what, isForeign) => {
      await using theirs = await AgentKeeperClient.embedded();
      const port = theirs.daemon?.port ?? 0;
      const path = join(folder, "slow-to-fail");
      writeFileSync(path, "#!/bin/sh\nsleep 0.4\necho 'listen: address already in use' >&2\nexit 1\n");
      chmodSync(path, 0o755);
      await expect(
        AgentKeeperClient.embedded({ port, ...(isForeign ? { binary: path } : {}) }),
      ).rejects.toMatchObject({ code: "port_taken", message: expect.stringContaining(`port ${port}`) });
      expect(await theirs.find()).toEqual([]);
    },
  );

  it("never talks to the daemon of a stranger: one that came while the own one was starting", async () => {
    const [path, script] = [join(folder, "overtaken"), join(folder, "stranger.cjs")];
    // Speaks enough of the wire to pass for a daemon, and belongs to nobody: what was started ends at once.
    const local = JSON.stringify(import.meta.resolve("../dist/local/index.js"));
    writeFileSync(
      script,
      `import(${local}).then(({ startLocalAgentKeeper }) => startLocalAgentKeeper({ port: Number(process.argv[2]), metricsAddr: "off" }))
         .then(() => require("node:fs").writeFileSync(${JSON.stringify(join(folder, "up"))}, String(process.pid)));`,
    );
    writeFileSync(
      path,
      `#!/bin/sh\n"${process.execPath}" "${script}" "\${1##*:}" >/dev/null 2>&1 &\nwhile [ ! -e "${join(folder, "up")}" ]; do :; done\nexit 1\n`,
    );
    chmodSync(path, 0o755);
    await expect(AgentKeeperClient.embedded({ binary: path })).rejects.toMatchObject({
      code: "daemon_exited",
    });
    const { readFile } = await import("node:fs/promises");
    process.kill(Number(await readFile(join(folder, "up"), "utf8")));
  });

  it("something else behind the port is no daemon", async () => {
    const path = join(folder, "other");
    const script = `const http2 = require("node:http2"); const port = Number(process.argv[2].split(":").pop());
      http2.createServer((request, response) => { response.statusCode = 404; response.end(); }).listen(port, "127.0.0.1");`;
    writeFileSync(join(folder, "other.cjs"), script);
    writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${join(folder, "other.cjs")}" "$@"\n`);
    chmodSync(path, 0o755);
    await expect(AgentKeeperClient.embedded({ binary: path })).rejects.toMatchObject({
      code: "daemon_not_ready",
    });
  });

  it("two embedded daemons run side by side, on the ports that were asked for", async () => {
    await using one = await AgentKeeperClient.embedded();
    await using two = await AgentKeeperClient.embedded();
    expect(one.daemon?.port).not.toBe(two.daemon?.port);
    await one.register({ name: "only-in-one", description: "", version: "" });
    expect([(await one.find()).length, (await two.find()).length]).toEqual([1, 0]);
  });

  it("the daemon ends when its parent was killed", async () => {
    const script = join(folder, "parent.mjs");
    const entry = new URL("../dist/index.js", import.meta.url).href;
    writeFileSync(
      script,
      `import { AgentKeeperClient } from ${JSON.stringify(entry)};
       const client = await AgentKeeperClient.embedded();
       console.log(client.daemon.pid);
       setInterval(() => {}, 1000);`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(parent.stdout.setEncoding("utf8"), "data");
    const pid = Number(line);
    expect(isRunning(pid)).toBe(true);
    parent.kill("SIGKILL");
    await waitUntil(() => !isRunning(pid), { what: "the end of the daemon" });
  });
});

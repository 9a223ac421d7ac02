// Executables as tests start them: when they are ready, what is said when they are not, and that none is left.
import { expect, it } from "vitest";
import { runServerProcess, startServerProcess, waitUntil } from "../src/testing/index.ts";

const server = (program: string): readonly string[] => ["-e", program];
const forEver = "setInterval(() => {}, 1_000);";

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const start = (program: string, options: Parameters<typeof startServerProcess>[2] = {}) =>
  startServerProcess(process.execPath, server(program), { runtime: [], ...options });

it("is ready at its first line, and is killed when it is disposed of", async () => {
  let pid = 0;
  {
    await using started = await start(
      `process.stdout.write("rea"); setTimeout(() => console.log("dy\\nmore"), 10); ${forEver}`,
    );
    expect([started.readyLine, isRunning(started.pid)]).toEqual(["ready", true]);
    pid = started.pid;
  }
  expect(isRunning(pid)).toBe(false);
});

it("is ready at the line that says so, on either output", async () => {
  await using started = await start(`console.error("one\\nserves on 7\\nthree"); ${forEver}`, {
    readyOn: "stderr",
    readyLine: /serves/,
  });
  expect(started.readyLine).toBe("serves on 7");
});

it("tells what was said when it ends first, and when it is not ready in time", async () => {
  await expect(start(`console.error("no disk"); process.exitCode = 3;`)).rejects.toThrow(
    "the server exited with 3: no disk",
  );
  await expect(
    start(`console.log("unready"); ${forEver}`, { readyLine: /^ready/, readyWithinMs: 200 }),
  ).rejects.toThrow("waited 200 ms in vain for a ready line");
  await expect(startServerProcess("/nowhere/at/all", [], { runtime: [] })).rejects.toThrow("ENOENT");
});

it("answers the exit code of a stop, and null for a kill", async () => {
  const program = `process.on("SIGTERM", () => process.exit(5)); console.log("ready"); ${forEver}`;
  await using polite = await start(program);
  await using killed = await start(program);
  expect([await polite.stop("SIGTERM"), await killed.stop("SIGKILL")]).toEqual([5, null]);
});

it("ends with the process that started it", async () => {
  const testing = new URL("../src/testing/server-process.ts", import.meta.url).href;
  const starter = `
    const { startServerProcess } = await import(${JSON.stringify(testing)});
    const { pid } = await startServerProcess("-e", [${JSON.stringify(`console.log("ready"); ${forEver}`)}]);
    console.log(pid);
    process.exit(0);`;
  const { code, stdout, stderr } = await runServerProcess("--input-type=module", ["-e", starter]);
  expect([code, stderr]).toEqual([0, ""]);
  await waitUntil(() => !isRunning(Number(stdout)));
});

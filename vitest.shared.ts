import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { defineConfig, type ViteUserConfig } from "vitest/config";

// One setting for every package: real sockets, no retries, and a JSON report when TEST_REPORT_DIR asks for one.
const reports = process.env.TEST_REPORT_DIR;
/** `grid` in packages/grid, `examples-grid` in examples/grid. */
const reportName = relative(import.meta.dirname, process.cwd())
  .replace(/^packages[\\/]/, "")
  .replaceAll(/[\\/]/g, "-");

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Files share workers, for much of the time of one in a worker of its own is its start; the setup holds them apart.
    isolate: false,
    setupFiles: [join(import.meta.dirname, "vitest.setup.ts")],
    reporters: reports === undefined ? ["default"] : ["default", "json"],
    ...(reports === undefined ? {} : { outputFile: { json: join(reports, `${reportName}.json`) } }),
    // Much of the time is spent waiting for processes and clocks, so two files at a time fill even a small machine; packages
    // are tested one after another.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A guard against what hangs, on however busy a machine; no test is about it.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    retry: 0,
  },
});

export default config;

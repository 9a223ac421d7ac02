import { basename, join } from "node:path";
import { defineConfig, type ViteUserConfig } from "vitest/config";

// One setting for every package: real sockets, no retries, and a JSON report when TEST_REPORT_DIR asks for one.
const reports = process.env.TEST_REPORT_DIR;

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    reporters: reports === undefined ? ["default"] : ["default", "json"],
    ...(reports === undefined
      ? {}
      : { outputFile: { json: join(reports, `${basename(process.cwd())}.json`) } }),
    testTimeout: 20_000,
    retry: 0,
  },
});

export default config;

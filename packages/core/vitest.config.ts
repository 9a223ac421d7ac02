import { fileURLToPath } from "node:url";
import { mergeConfig, type ViteUserConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

// The package's own imports name built files; tests take the sources that Node would get.
const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const config: ViteUserConfig = mergeConfig(shared, {
  resolve: {
    alias: {
      "#ed25519": source("./src/node/ed25519.ts"),
      "#sha256": source("./src/node/sha256.ts"),
      "#http-engine": source("./src/node/http-engine.ts"),
    },
  },
});

export default config;

import { fileURLToPath } from "node:url";
import { mergeConfig, type ViteUserConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

// The package's own import `#ed25519` names built files; tests take the source that Node would get.
const nodeEngine = fileURLToPath(new URL("./src/node/ed25519.ts", import.meta.url));

const config: ViteUserConfig = mergeConfig(shared, { resolve: { alias: { "#ed25519": nodeEngine } } });

export default config;

// The official package, in one environment for all suites.
import { join } from "node:path";

export const official = {
  name: "openagents",
  requirements: join(import.meta.dirname, "requirements.txt"),
  minor: 10,
} as const;

// A core as a process: `core.ts PORT`. It refuses to run with a variable by which an official core would move its agents.
import { startSmallCore } from "../small-core.ts";

const moved = ["PORT", "BINDU_HOST", "BINDU_PORT", "BINDU_DEPLOYMENT_URL"].find(
  (name) => name in process.env,
);
if (moved !== undefined || process.env.CORE_TEST !== "yes") {
  throw new Error(`the environment is not the one that a core is given: ${moved}`);
}
await startSmallCore({ port: Number(process.argv[2]) });
console.log("serving");

// The program that users copy, which starts an official core for its agent: it answers, and both end together.

import { join } from "node:path";
import { freePort, startServerProcess } from "@x/core/testing";
import { runSteps } from "../../shared/steps.ts";
import type { Counts } from "../../shared/suite.ts";
import { ask, coreFolder, expect, textOf } from "./dialect.ts";

const example = join(import.meta.dirname, "..", "..", "..", "examples", "bindu", "official-core.ts");

/** Runs it with the core (the executable's path). */
export function runExample(executable: string): Promise<Counts> {
  return runSteps("bindu/python", {
    "S20 the program that users copy starts its own core, and ends with it": async () => {
      const [port, corePort] = await Promise.all([freePort(), freePort()]);
      const url = `http://localhost:${port}`;
      await using program = await startServerProcess(example, [url, `localhost:${corePort}`], {
        runtime: ["env", `--chdir=${coreFolder()}`, process.execPath],
        env: { BINDU: executable },
        readyWithinMs: 60_000,
        stopSignal: "SIGINT",
      });
      expect("its answer", textOf(await ask(url, "Hi")) === "You said: Hi");
      expect("its end", (await program.stop("SIGINT")) === 0 && program.stdout().endsWith("stopped\n"));
      const isServed = await fetch(url).then(
        () => true,
        () => false,
      );
      expect("its core is gone", !isServed);
    },
  });
}

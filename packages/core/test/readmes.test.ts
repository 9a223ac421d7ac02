// What the READMEs print runs on every Node that the packages promise, whose oldest does not know `using`.
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));

it.each(globSync(["README.md", "packages/*/README.md"], { cwd: root }))(
  "the programs of %s need no newer Node",
  (file) => {
    const programs = [...readFileSync(root + file, "utf8").matchAll(/^```(?:ts|js)\n(.*?)^```$/gms)].map(
      ([, program = ""]) => program.replaceAll(/\/\/.*$/gm, ""),
    );
    expect(programs.length).toBeGreaterThan(0);
    expect(programs.filter((program) => /\busing\s+\w+\s*=/.test(program))).toEqual([]);
  },
);

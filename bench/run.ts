// Runs the measurements: `node bench/run.ts` for all questions, `node bench/run.ts rpc` for one.
//
// A question is a file here that exports `run()`; it prints its own table. Numbers of one run can be compared with each
// other, numbers of different runs or machines cannot.

import { readdirSync } from "node:fs";

const questions = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file) => file.slice(0, -".ts".length))
  .sort();

const wanted = process.argv[2];
if (wanted !== undefined && !questions.includes(wanted)) {
  console.error(`no question is called ${JSON.stringify(wanted)}; there are: ${questions.join(", ")}`);
  process.exit(2);
}

for (const question of wanted === undefined ? questions : [wanted]) {
  console.log(`\n## ${question}\n`);
  const { run }: { run(): Promise<void> } = await import(`./${question}.ts`);
  await run();
}

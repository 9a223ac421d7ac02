// Lists the numbered statements that no test names, and the ids in test titles that no statement has.
// Statements stand in packages/*/test/statements.txt: an id and a note per line; those behind `later:` need no test yet.
// With TEST_REPORT_DIR titles come from the reports that the tests left there; without, vitest lists them.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

interface Statements {
  readonly required: ReadonlySet<string>;
  readonly later: ReadonlySet<string>;
}

/** `AK-L7`, `AK-ERR-FIELD_EMPTY`, `AK-LIMIT-card.name`: capitals, a dash, and then what the document calls it; or `G12`. */
const id = /\b(?:[A-Z]{2,}-[\w.-]*\w|[A-Z]\d+\b)/g;

function readStatements(file: string): Statements {
  const required = new Set<string>();
  const later = new Set<string>();
  let section = required;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const [first = ""] = line.split(/\s/);
    if (first === "later:") section = later;
    else if (first !== "" && !first.startsWith("#")) section.add(first);
  }
  return { required, later };
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
    }[];
  }[];
}

/** Titles of one package as vitest runs them, so that ids from tables of cases count too. */
function testTitles(folder: string): string[] {
  const reports = process.env.TEST_REPORT_DIR;
  const report = join(reports ?? "", `${folder}.json`);
  if (reports !== undefined && existsSync(report)) {
    const { testResults } = JSON.parse(readFileSync(report, "utf8")) as Report;
    return testResults.flatMap(({ assertionResults }) =>
      assertionResults.flatMap(({ ancestorTitles, title }) => [...ancestorTitles, title]),
    );
  }
  const listed = execFileSync(resolve("node_modules/.bin/vitest"), ["list", "--json", "--no-static-parse"], {
    cwd: `packages/${folder}`,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return (JSON.parse(listed) as { name: string }[]).flatMap(({ name }) => name.split(" > "));
}

/** Interop suites have runners of their own; there a title is a string that begins with an id. */
function interopTitles(): string[] {
  return globSync("interop/**/*.{ts,py,go}", { exclude: ["**/node_modules/**", "**/gen/**"] }).flatMap(
    (file) =>
      [...readFileSync(file, "utf8").matchAll(/["'`]((?:[A-Z]{2,}-|[A-Z]\d+ )[^"'`]*)["'`]/g)].map(
        ([, title = ""]) => title,
      ),
  );
}

/** The ids that a title begins with: `AK-L7 AK-L8 a renew ...` names two. */
function leadingIds(title: string): string[] {
  const ids: string[] = [];
  for (const word of title.split(/[\s,:]+/)) {
    if (word.match(id)?.[0] !== word) break;
    ids.push(word);
  }
  return ids;
}

/** `AK` of `AK-L7`: a title that begins with `UTF-8` names no statement. */
function prefixOf(id: string): string {
  return id.includes("-") ? id.slice(0, id.indexOf("-")) : id.slice(0, 1);
}

const interopIds = new Set(interopTitles().flatMap(leadingIds));
let incomplete = false;

for (const folder of readdirSync("packages")) {
  const file = `packages/${folder}/test/statements.txt`;
  if (!existsSync(file)) continue;
  const { required, later } = readStatements(file);
  const own = new Set(testTitles(folder).flatMap(leadingIds));
  const missing = [...required].filter((each) => !own.has(each) && !interopIds.has(each));
  const prefixes = new Set([...required].map(prefixOf));
  const unknown = [...own].filter(
    (each) => prefixes.has(prefixOf(each)) && !required.has(each) && !later.has(each),
  );
  const done = [...later].filter((each) => own.has(each) || interopIds.has(each));

  console.log(`${folder}: ${required.size - missing.length} of ${required.size} statements have a test`);
  for (const each of missing) console.log(`  no test names ${each}`);
  for (const each of unknown) console.log(`  a test names ${each}, which is no statement`);
  if (done.length > 0) console.log(`  of those marked later, ${done.join(" ")} have a test already`);
  incomplete ||= missing.length > 0 || unknown.length > 0;
}

if (incomplete) process.exit(1);

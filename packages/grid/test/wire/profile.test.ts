import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { namesOf } from "../../src/wire/names.ts";
import { gridProfile, profileWith } from "../../src/wire/profile.ts";

const root = new URL("../../src/", import.meta.url).pathname;
const { routes, rpcMethods, fields, events } = gridProfile;

/** What a module can say of the wire that is not also a name of ours. */
const words: ReadonlySet<string> = new Set([
  ...Object.values(rpcMethods),
  ...Object.values(fields.rest).filter((name) => name.includes("_")),
  ...Object.values(events).filter((name) => name.includes("_")),
]);
const firstSteps = new Set(Object.values(routes).map(({ path }) => path.split("/")[1]));

/** Text literals and bare names of members, without comments. */
function saidIn(text: string): string[] {
  const code = text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, "").replaceAll(/\s\/\/ .*$/gm, "");
  const literals = [...code.matchAll(/"([^"\\\n]*)"|`([^`]*)`/g)].map(
    ([, plain, template]) => plain ?? template ?? "",
  );
  const names = [...code.matchAll(/(?<![\w"])([a-z]+(?:_[a-z]+)+)(?=\s*[:?,}\]);.]|\s*$)/gm)].map(
    ([, name = ""]) => name,
  );
  return [...literals, ...names];
}

const isOfTheWire = (said: string): boolean =>
  words.has(said) || (said.startsWith("/") && firstSteps.has(said.split(/[/?]/)[1]));

describe("G150 the profile", () => {
  it.each(
    globSync("{client,helpers,wire,node,a2a,local,mcp,testing,bin}/**/*.ts", { cwd: root }).concat(
      globSync("*.ts", { cwd: root }),
    ),
  )("G150 is the one module that names the wire: not %s", (file) => {
    // Names of events are a public type of the client, and are of both.
    const said = saidIn(readFileSync(root + file, "utf8")).filter(isOfTheWire);
    const isPublic = (word: string): boolean => word === events.taskNotify || word === events.roomNotify;
    expect(file === "wire/profile.ts" ? [] : said.filter((word) => !isPublic(word))).toEqual([]);
  });

  it("G150 finds what it looks for", () => {
    expect(saidIn('const a = { node_id: "task/list", b: `/nodes/x` };').filter(isOfTheWire)).toEqual([
      "task/list",
      "/nodes/x",
      "node_id",
    ]);
  });

  it("G150 is data that nobody can change, and that a caller lays another over, at any depth", () => {
    expect(Object.isFrozen(gridProfile.fields.rest)).toBe(true);
    const changed = profileWith({
      routes: { search: { path: "/find" } },
      switches: { canonical: undefined as never },
    });
    expect(changed.routes.search).toEqual({ method: "POST", path: "/find" });
    expect(changed.routes.register).toEqual(gridProfile.routes.register);
    expect(changed.switches).toEqual(gridProfile.switches);
    expect(profileWith(undefined)).toBe(gridProfile);
  });

  it("G139 names are read in any case, and no name is special", () => {
    const names = namesOf(profileWith({ fields: { rpc: { taskId: "task" } } }));
    for (const body of [{ task: 1 }, { taskId: 1 }, { task_id: 1 }])
      expect(names.pick(body, "taskId")).toBe(1);
    expect(names.pick(Object.create({ taskId: 1 }), "taskId")).toBeUndefined();
    expect(names.ours(JSON.parse('{"__proto__": 1, "task_id": 2}'))).toEqual(
      JSON.parse('{"__proto__": 1, "taskId": 2}'),
    );
  });
});

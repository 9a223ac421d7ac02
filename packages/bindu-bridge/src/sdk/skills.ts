// The skills of a configuration: objects as they are, and folders that are read.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, messageOf } from "@x/core/base";
import { ConfigError } from "../errors.ts";
import type { Skill } from "../types.ts";
import { wellFormed } from "../wire/well-formed.ts";

/** Reads the skills. @throws ConfigError for one that is none, with its place in `field` */
export async function loadSkills(skills: readonly unknown[]): Promise<readonly Skill[]> {
  return Promise.all(
    skills.map((skill, index) => {
      const field = `skills.${index}`;
      return typeof skill === "string" ? skillOfFolder(skill, field) : skillOf(skill, field);
    }),
  );
}

const files = [
  { name: "skill.yaml", format: "yaml", head: (text: string) => text },
  {
    name: "SKILL.md",
    format: "markdown",
    head: (text: string) => /^---\r?\n(.*?)\r?\n---\s*(?:\n|$)/s.exec(text)?.[1],
  },
] as const;

async function skillOfFolder(folder: string, field: string): Promise<Skill> {
  for (const { name, format, head } of files) {
    const text = await readIfThere(join(folder, name), field);
    if (text !== undefined) {
      const said = await parseYaml(head(text) ?? "", join(folder, name), field);
      const known: Loose = { name: folderName(folder), ...said, raw_content: text, format };
      return skillOf({ ...known, version: textual(known.version), tags: listed(known.tags) }, field);
    }
  }
  throw refused(field, `the folder ${folder} has neither skill.yaml nor SKILL.md`);
}

async function readIfThere(path: string, field: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") {
      return undefined;
    }
    throw refused(field, `${path} cannot be read: ${messageOf(error)}`, error);
  }
}

/** The members of a YAML document. The parser is loaded with the first folder. */
async function parseYaml(text: string, path: string, field: string): Promise<Loose> {
  try {
    const { parse } = await import("yaml");
    const value: unknown = parse(text);
    return isObject(value) ? value : {};
  } catch (error) {
    throw refused(field, `${path} is no YAML: ${messageOf(error)}`, error);
  }
}

/** Fields that are texts, and those that are lists of texts, with their names on the wire. */
const textFields = {
  description: "description",
  version: "version",
  author: "author",
  raw_content: "rawContent",
  format: "format",
} as const;
const listFields = { tags: "tags", input_modes: "inputModes", output_modes: "outputModes" } as const;

function skillOf(value: unknown, field: string): Skill {
  if (!isObject(value)) {
    throw refused(field, "a skill must be an object or the path of a folder");
  }
  const { name } = value;
  if (typeof name !== "string" || name.trim() === "") {
    throw refused(`${field}.name`, "a skill must have a name that is not blank");
  }
  const skill = {
    name,
    description: name,
    tags: [],
    inputModes: ["text/plain"],
    outputModes: ["text/plain"],
    version: "",
    author: "",
    rawContent: "",
    format: "",
  };
  const said: Record<string, unknown> = {};
  for (const [key, wireName] of Object.entries(textFields)) {
    said[wireName] = given(value[key], `${field}.${key}`, "a string", (item) => typeof item === "string");
  }
  for (const [key, wireName] of Object.entries(listFields)) {
    said[wireName] = given(
      value[key],
      `${field}.${key}`,
      "a list of strings",
      (item) => Array.isArray(item) && item.every((text) => typeof text === "string"),
    );
  }
  return wellFormed({
    ...skill,
    ...Object.fromEntries(Object.entries(said).filter(([, item]) => item !== undefined)),
  });
}

/** The value of a field that may be left out. @throws ConfigError */
function given(value: unknown, field: string, expected: string, isOne: (value: unknown) => boolean): unknown {
  if (value === undefined || value === null || isOne(value)) {
    return value ?? undefined;
  }
  throw refused(field, `${field} must be ${expected}`);
}

type Loose = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Loose =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** YAML reads `1.0` as a number. */
const textual = (value: unknown): unknown => (typeof value === "number" ? String(value) : value);

/** Front matter may have its tags in one line. */
const listed = (value: unknown): unknown =>
  typeof value === "string"
    ? value
        .split(",")
        .map((tag) => tag.trim())
        .filter((tag) => tag !== "")
    : value;

const folderName = (folder: string): string =>
  folder
    .replace(/[\\/]+$/, "")
    .split(/[\\/]/)
    .at(-1) || folder;

function refused(field: string, what: string, cause?: unknown): ConfigError {
  return new ConfigError(`bindufy: ${field}: ${what}.`, { field, cause });
}

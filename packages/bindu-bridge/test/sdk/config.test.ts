import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/index.ts";
import { checkConfig } from "../../src/sdk/config.ts";
import { loadSkills } from "../../src/sdk/skills.ts";

const base = { author: "a@b.c", name: "agent", deployment: { url: "http://localhost:3773" } };
const refusal = (config: unknown): unknown => {
  try {
    checkConfig(config, false);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe("a configuration", () => {
  test("gets its defaults, passes what is not known, and keeps back what is not the core's", () => {
    const passed = { execution_cost: { amount: "1" }, auth: { enabled: true }, key_password: "x" };
    const { sent } = checkConfig(
      { ...base, ...passed, coreAddress: "localhost:1", callbackPort: 5, skills: [], description: undefined },
      false,
    );
    expect(sent).toEqual({
      ...base,
      ...passed,
      deployment: { url: "http://localhost:3773", expose: true },
      description: "Agent: agent",
      version: "1.0.0",
      kind: "agent",
      capabilities: {},
      num_history_sessions: 10,
      telemetry: false,
    });
  });

  test("keeps what it says, 0 and false among it", () => {
    const said = {
      deployment: { url: "https://x.example/a", expose: false, cors_origins: ["*"] },
      description: "",
      version: "2",
      id: "91547067C183E0FDC15027A3CA4135ED",
      kind: "team",
      capabilities: { streaming: false, push_notifications: true, other: 1 },
      num_history_sessions: 0,
      enable_system_message: false,
      enable_context_based_history: true,
      debug_mode: true,
      debug_level: 2,
      monitoring: true,
      recreate_keys: true,
      telemetry: true,
      extra_metadata: { k: "v" },
    };
    expect(checkConfig({ ...base, ...said }, true).sent).toEqual({ ...base, ...said });
    expect(checkConfig(base, true).sent.capabilities).toEqual({ streaming: true });
  });

  test("goes out without lone surrogates", () => {
    expect(
      checkConfig({ ...base, extra_metadata: { "\ud800": ["\udc00"] } }, false).sent.extra_metadata,
    ).toEqual({
      "\ufffd": ["\ufffd"],
    });
  });

  test.each<readonly [field: string, change: object]>([
    ["author", { author: undefined }],
    ["author", { author: "  " }],
    ["author", { author: 5 }],
    ["name", { name: "" }],
    ["name", { name: "a:b" }],
    ["name", { name: "a/b" }],
    ["name", { name: "a\\b" }],
    ["name", { name: "a{b" }],
    ["name", { name: "a}b" }],
    ["name", { name: "a\u0000b" }],
    ["name", { name: "a\u007fb" }],
    ["name", { name: ".." }],
    ["name", { name: "." }],
    ["deployment", { deployment: undefined }],
    ["deployment.url", { deployment: {} }],
    ["deployment.url", { deployment: { url: "localhost:3773" } }],
    ["deployment.url", { deployment: { url: "ftp://x" } }],
    ["deployment.url", { deployment: { url: "http://" } }],
    ["deployment.url", { deployment: { url: "http:///x" } }],
    ["deployment.expose", { deployment: { url: "http://x", expose: "yes" } }],
    ["deployment.cors_origins", { deployment: { url: "http://x", cors_origins: "*" } }],
    ["description", { description: 5 }],
    ["version", { version: 1 }],
    ["id", { id: "agent-1" }],
    ["kind", { kind: "robot" }],
    ["capabilities", { capabilities: null }],
    ["capabilities.streaming", { capabilities: { streaming: "yes" } }],
    ["num_history_sessions", { num_history_sessions: -1 }],
    ["num_history_sessions", { num_history_sessions: 1.5 }],
    ["debug_level", { debug_level: 3 }],
    ["debug_mode", { debug_mode: 1 }],
    ["telemetry", { telemetry: "no" }],
    ["extra_metadata", { extra_metadata: [] }],
    ...["run", "name", "url", "skills", "id", "version", "did_extension", "kind", "capabilities"].map(
      (key) => [`extra_metadata.${key}`, { extra_metadata: { [key]: "x" } }] as const,
    ),
    ["skills", { skills: {} }],
    ["config", { other: 5n }],
  ])("is refused for its %s: %o", (field, change) => {
    const error = refusal({ ...base, ...change });
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ field, code: "invalid_config", retryable: false });
  });

  test.each([null, undefined, "x", []])("cannot be %j", (config) => {
    expect(refusal(config)).toMatchObject({ field: "config" });
  });
});

describe("skills", () => {
  const whole = {
    description: "",
    tags: [],
    inputModes: ["text/plain"],
    outputModes: ["text/plain"],
    version: "",
    author: "",
    rawContent: "",
    format: "",
  };

  test("are objects", async () => {
    const said = {
      description: "d",
      tags: ["t"],
      input_modes: ["i"],
      output_modes: [],
      version: "1",
      raw_content: "r",
    };
    expect(await loadSkills([{ name: "a" }, { name: "b", ...said }])).toEqual([
      { ...whole, name: "a", description: "a" },
      {
        ...whole,
        name: "b",
        description: "d",
        tags: ["t"],
        inputModes: ["i"],
        outputModes: [],
        version: "1",
        rawContent: "r",
      },
    ]);
  });

  test("are folders with skill.yaml before SKILL.md", async () => {
    const root = await mkdtemp(join(tmpdir(), "skills-"));
    const write = async (folder: string, name: string, text: string): Promise<string> => {
      await mkdir(join(root, folder), { recursive: true });
      await writeFile(join(root, folder, name), text);
      return join(root, folder);
    };
    try {
      const yaml =
        "name: qa\ndescription: >\n  answers\n  questions\ntags: [a, b]\nversion: 1.0\ninput_modes: [text/plain]\n";
      const markdown = "---\nname: md\ntags: a, b\n---\n# Text\n";
      const both = await write("both", "skill.yaml", yaml);
      await write("both", "SKILL.md", markdown);
      const one = await write("one", "SKILL.md", markdown);
      const bare = await write("bare", "SKILL.md", "# no front matter\n");
      expect(await loadSkills([both, `${one}/`, bare])).toEqual([
        {
          ...whole,
          name: "qa",
          description: "answers questions\n",
          tags: ["a", "b"],
          version: "1",
          rawContent: yaml,
          format: "yaml",
        },
        {
          ...whole,
          name: "md",
          description: "md",
          tags: ["a", "b"],
          rawContent: markdown,
          format: "markdown",
        },
        {
          ...whole,
          name: "bare",
          description: "bare",
          rawContent: "# no front matter\n",
          format: "markdown",
        },
      ]);
      const broken = await write("broken", "skill.yaml", "a: [");
      await expect(loadSkills([broken])).rejects.toThrow("is no YAML");
      await expect(loadSkills([root])).rejects.toThrow("has neither skill.yaml nor SKILL.md");
      await expect(loadSkills([join(root, "none")])).rejects.toMatchObject({
        name: "ConfigError",
        field: "skills.0",
      });
    } finally {
      await rm(root, { recursive: true });
    }
  });

  test.each([
    ["skills.1", 5],
    ["skills.1", null],
    ["skills.1.name", {}],
    ["skills.1.name", { name: " " }],
    ["skills.1.tags", { name: "a", tags: "t" }],
    ["skills.1.version", { name: "a", version: 1 }],
  ])("%s is refused: %j", async (field, skill) => {
    await expect(loadSkills([{ name: "ok" }, skill])).rejects.toMatchObject({ name: "ConfigError", field });
  });
});

// Files of a package are found beside its modules, and nowhere in a bundle, which keeps none of them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { packageFile, packageVersion } from "../src/package-files.ts";

describe("a file of a package", () => {
  it("is found from a module of it", () => {
    expect(packageFile("@x/core", "README.md", import.meta.url)?.pathname).toMatch(/core\/README\.md$/);
    expect(packageVersion("@x/core", import.meta.url)).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each([
    ["a bundle knows no URL of its modules", undefined],
    ["the module was loaded from elsewhere", "https://example.com/app.js"],
    ["no folder above the module holds a package", "file:///no/such/folder/app.js"],
  ])("is absent where %s", (_where, moduleUrl) => {
    expect(packageFile("@x/core", "README.md", moduleUrl)).toBeUndefined();
    expect(packageVersion("@x/core", moduleUrl)).toBe("unknown");
  });

  it("is absent where there is none of that name", () => {
    expect(packageFile("@x/core", "no-such-file.json", import.meta.url)).toBeUndefined();
  });

  it("is absent where no files may be read, which Deno says by an error", () => {
    const refuse = (): never => {
      throw new Error("NotCapable: Requires read access");
    };
    vi.spyOn(process, "getBuiltinModule").mockReturnValue({ existsSync: refuse, readFileSync: refuse });
    onTestFinished(() => void vi.restoreAllMocks());
    expect(packageVersion("@x/core", import.meta.url)).toBe("unknown");
  });

  it("a package.json of another package, as beside a bundle, says nothing about this one", () => {
    expect(packageFile("@x/other", "README.md", import.meta.url)).toBeUndefined();
    expect(packageVersion("@x/other", import.meta.url)).toBe("unknown");
  });

  it("is named in no form that bundlers take for an asset of their own, which they then cannot read", () => {
    const packages = fileURLToPath(new URL("../../", import.meta.url));
    const sources = readdirSync(packages, { recursive: true, encoding: "utf8" }).filter((file) =>
      /^\w+\/src\/.*\.ts$/.test(file),
    );
    const naming = sources.filter((file) =>
      /new URL\([^)]*import\.meta\.url/.test(readFileSync(join(packages, file), "utf8")),
    );
    expect(naming).toEqual([]);
  });
});

// The version of this package, from the one place that the release process writes.

/** Unknown where there are no files to read, as in browsers and bundles. */
function readVersion(): string {
  const files = globalThis.process?.getBuiltinModule?.("node:fs");
  if (files === undefined) {
    return "unknown";
  }
  try {
    const manifest: unknown = JSON.parse(
      files.readFileSync(new URL("../package.json", import.meta.url), "utf8"),
    );
    const hasVersion = typeof manifest === "object" && manifest !== null && "version" in manifest;
    return hasVersion ? String(manifest.version) : "unknown";
  } catch {
    return "unknown";
  }
}

export const packageVersion: string = readVersion();

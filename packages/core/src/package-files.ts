// Files that lie beside a module in its package: read, or run as a program. In a bundle there are none.

/**
 * Where a file of a package is, seen from one of its modules; `undefined` where there is none, as in a bundle or a browser, or where
 * no files may be read.
 * Written as a call, so that no bundler takes the file for one of its own and rewrites it.
 *
 * @param moduleUrl the module's `import.meta.url`, which bundles of another format leave out.
 */
export function packageFile(path: string, moduleUrl: string | undefined): URL | undefined {
  const files = globalThis.process?.getBuiltinModule?.("node:fs");
  if (files === undefined || moduleUrl === undefined || !moduleUrl.startsWith("file:")) {
    return undefined;
  }
  const url = new URL(path, moduleUrl);
  try {
    return files.existsSync(url) ? url : undefined;
  } catch {
    // A program of Deno that may read no files is told so by an error.
    return undefined;
  }
}

/** The version in the package.json of a package; `unknown` where that is not there, or is another package's. */
export function packageVersion(name: string, path: string, moduleUrl: string | undefined): string {
  const url = packageFile(path, moduleUrl);
  const files = globalThis.process?.getBuiltinModule?.("node:fs");
  if (url === undefined || files === undefined) {
    return "unknown";
  }
  const manifest: unknown = JSON.parse(files.readFileSync(url, "utf8"));
  const isThat =
    typeof manifest === "object" && manifest !== null && "name" in manifest && manifest.name === name;
  return isThat && "version" in manifest ? String(manifest.version) : "unknown";
}

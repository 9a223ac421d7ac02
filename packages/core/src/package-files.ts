// Files that lie in a package: read, or run as a program. In a bundle of somebody else's there are none.

/**
 * Where a file of a package is; `undefined` where there is none, as in somebody else's bundle or a browser, or where no files may be
 * read. Which package a module belongs to is said by the nearest package.json above it.
 * Written as a call, so that no bundler takes the file for one of its own and rewrites it.
 *
 * @param name the name of the package.
 * @param path seen from the folder of the package.
 * @param moduleUrl the `import.meta.url` of one of its modules, which bundles of another format leave out.
 */
export function packageFile(name: string, path: string, moduleUrl: string | undefined): URL | undefined {
  const files = globalThis.process?.getBuiltinModule?.("node:fs");
  if (files === undefined || moduleUrl === undefined || !moduleUrl.startsWith("file:")) {
    return undefined;
  }
  try {
    for (let folder = new URL(".", moduleUrl); ; ) {
      const manifest = new URL("package.json", folder);
      if (files.existsSync(manifest)) {
        const url = new URL(path, folder);
        return manifestName(files.readFileSync(manifest, "utf8")) === name && files.existsSync(url)
          ? url
          : undefined;
      }
      const parent = new URL("..", folder);
      if (parent.href === folder.href) {
        return undefined;
      }
      folder = parent;
    }
  } catch {
    // A program of Deno that may read no files is told so by an error.
    return undefined;
  }
}

/** The version in the package.json of a package; `unknown` where that is not there, or is another package's. */
export function packageVersion(name: string, moduleUrl: string | undefined): string {
  const url = packageFile(name, "package.json", moduleUrl);
  const files = globalThis.process?.getBuiltinModule?.("node:fs");
  if (url === undefined || files === undefined) {
    return "unknown";
  }
  const manifest: unknown = JSON.parse(files.readFileSync(url, "utf8"));
  const isThat = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return isThat ? String(manifest.version) : "unknown";
}

function manifestName(text: string): unknown {
  const manifest: unknown = JSON.parse(text);
  return typeof manifest === "object" && manifest !== null && "name" in manifest ? manifest.name : undefined;
}

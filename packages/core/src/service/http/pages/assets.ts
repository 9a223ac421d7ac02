// What browsers load: the compiled browser code and the style sheets, read from disk once, under a name that changes with
// their content.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { packageFile } from "../../../package-files.ts";

/** A file for browsers. */
export interface Asset {
  readonly type: string;
  readonly content: string;
}

/** All files for browsers. */
export interface Assets {
  /** Changes when any of the files does. */
  readonly version: string;
  readonly files: ReadonlyMap<string, Asset>;
}

const types: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

let known: Assets | undefined;

/** Reads the files at the first call. In a bundle there are none: pages are plain there, and do not follow by themselves. */
export function assets(): Assets {
  known ??= readAssets();
  return known;
}

/** The palette, and how text, tables, forms and buttons look in it, for pages that have a layout of their own. */
export function paletteStyles(): string {
  return assets().files.get("palette.css")?.content ?? "";
}

function readAssets(): Assets {
  const files = new Map<string, Asset>();
  const hash = createHash("sha256");
  // Always the built files, also where a test runs the sources: a browser needs JavaScript.
  const folder = packageFile("@x/core", "dist/browser/", import.meta.url);
  for (const name of folder === undefined ? [] : readdirSync(folder).sort()) {
    const type = types[name.slice(name.lastIndexOf(".") + 1)];
    if (type !== undefined) {
      const content = readFileSync(new URL(name, folder), "utf8");
      files.set(name, { type, content });
      hash.update(`${name}\n${content.length}\n${content}`);
    }
  }
  return { version: hash.digest("base64url").slice(0, 16), files };
}

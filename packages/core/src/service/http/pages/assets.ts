// What browsers load: the compiled browser code and the style sheets, read from disk once, under a name that changes with
// their content.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

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

// Always the built files, also where a test runs the sources: a browser needs JavaScript.
const folder = new URL("../../../../dist/browser/", import.meta.url);

const types: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

let known: Assets | undefined;

/** Reads the files at the first call. */
export function assets(): Assets {
  known ??= readAssets();
  return known;
}

/** The palette, and how text, tables, forms and buttons look in it, for pages that have a layout of their own. */
export function paletteStyles(): string {
  const palette = assets().files.get("palette.css");
  if (palette === undefined) {
    throw new Error(`palette.css is missing in ${folder.pathname}`);
  }
  return palette.content;
}

function readAssets(): Assets {
  const files = new Map<string, Asset>();
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort()) {
    const type = types[name.slice(name.lastIndexOf(".") + 1)];
    if (type !== undefined) {
      const content = readFileSync(new URL(name, folder), "utf8");
      files.set(name, { type, content });
      hash.update(`${name}\n${content.length}\n${content}`);
    }
  }
  return { version: hash.digest("base64url").slice(0, 16), files };
}

// The packages that are published, as their package.json describes them.
import { existsSync, readdirSync, readFileSync } from "node:fs";

export interface Package {
  readonly name: string;
  readonly folder: string;
  readonly version: string;
  /** What users import: `@x/core`, `@x/core/node`, ... */
  readonly entries: readonly string[];
  /** The executables it installs. */
  readonly executables: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as Manifest;
}

export function publishedPackages(): Package[] {
  return readdirSync("packages")
    .map((name) => `packages/${name}`)
    .filter((folder) => existsSync(`${folder}/package.json`))
    .map((folder) => ({ folder, ...readManifest(folder) }))
    .filter((manifest) => manifest.private !== true)
    .map(({ folder, name, version, exports, bin }) => ({
      name,
      folder,
      version,
      entries: Object.keys(exports)
        .filter((path) => path !== "./package.json")
        .map((path) => `${name}${path.slice(1)}`),
      executables: Object.keys(bin ?? {}),
    }));
}

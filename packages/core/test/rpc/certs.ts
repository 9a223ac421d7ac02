// The certificates of the tests, by file name.

import { readFileSync } from "node:fs";

export function pem(name: string): string {
  return readFileSync(new URL(`./certs/${name}`, import.meta.url), "utf8");
}

// The version of this package, from the one place that the release process writes.
import { packageVersion as versionOf } from "@x/core";

/** Unknown where there are no files to read, as in browsers and bundles. */
export const packageVersion: string = versionOf("@x/openagents", import.meta.url);

// The version of this package, from the one place that the release process writes.
import { packageVersion as versionOf } from "@x/core/base";

/** Unknown where there are no files to read, as in bundles. */
export const packageVersion: string = versionOf("@x/bindu-bridge", import.meta.url);

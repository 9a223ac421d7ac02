// The version of this package, from the one place that the release process writes.
import { packageVersion as versionOf } from "@x/core/base";

/** Unknown where there are no files to read, as in browsers and bundles. */
export const packageVersion: string = versionOf("@x/agentkeeper", import.meta.url);

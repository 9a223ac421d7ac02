// The official SDK for JavaScript, from an ignored folder, and the little of it that is used here.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { workFolder } from "../../shared/suite.ts";

const packages: readonly string[] = ["@a2a-js/sdk@1.3.0", "express@5.1.0"];
const folder: string = join(workFolder("interop-bindu-a2a"), packages.join("+").replaceAll("/", "-"));
const modules = join(folder, "node_modules");

/** Installs it unless it is there. */
export function prepareJsSdk(): void {
  if (!existsSync(join(modules, "express"))) {
    mkdirSync(folder, { recursive: true });
    execFileSync("npm", ["install", "--silent", "--no-save", "--prefix", folder, ...packages], {
      stdio: "inherit",
    });
  }
}

/** A module of an installed package, by its file: what it holds is for the caller to say. */
export async function loadFromSdk<Module>(...path: readonly string[]): Promise<Module> {
  return await import(pathToFileURL(join(modules, ...path)).href);
}

export const sdkFile = (name: string): readonly string[] => ["@a2a-js", "sdk", "dist", name, "index.js"];

/** Objects of the SDK's own shape, made of the JSON of A2A and made into it. */
export interface Codec {
  fromJSON(json: object): object;
  toJSON(value: object): unknown;
}

/** The SDK's numbers of states. */
export const states = [
  "TASK_STATE_UNSPECIFIED",
  "TASK_STATE_SUBMITTED",
  "TASK_STATE_WORKING",
  "TASK_STATE_COMPLETED",
  "TASK_STATE_FAILED",
  "TASK_STATE_CANCELED",
  "TASK_STATE_INPUT_REQUIRED",
  "TASK_STATE_REJECTED",
] as const;

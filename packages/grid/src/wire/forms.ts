// States and parts, which the wire may write in two ways: ours in, the profile's out, and whatever came back to ours.

import { isJsonNumber } from "@x/core";
import { type Body, namesOf } from "./names.ts";
import type { GridWireProfile } from "./profile.ts";

/** All states of a task. */
export const taskStates = [
  "submitted",
  "working",
  "input_required",
  "auth_required",
  "completed",
  "rejected",
  "failed",
  "canceled",
] as const;

/** States that a task never leaves. */
export const terminalStates: ReadonlySet<string> = new Set(["completed", "rejected", "failed", "canceled"]);

/** `input-required`, `TASK_STATE_INPUT_REQUIRED` and `input_required` are one state; unknown ones pass. */
export function readState(text: string): string {
  const plain = text
    .replace(/^TASK_STATE_/i, "")
    .toLowerCase()
    .replaceAll("-", "_");
  return taskStates.some((state) => state === plain) ? plain : text;
}

export function writeState(state: string, { switches }: GridWireProfile): string {
  return switches.stateStyle === "hyphen" ? state.replaceAll("_", "-") : state;
}

/** A part as the wire has it: `undefined` members are left out, unknown ones stay. */
export function writePart(part: Body, profile: GridWireProfile): Record<string, unknown> {
  const { type, file, ...rest } = part;
  const names = namesOf(profile);
  return {
    [profile.switches.partDiscriminator]: type,
    ...names.rpc(rest),
    ...(isBody(file) ? names.rpc({ file: names.rpc(file) }) : {}),
  };
}

/** A part in our form: what says its kind is `type`, whichever word the wire has for that. */
export function readPart(body: Body, profile: GridWireProfile): Record<string, unknown> {
  const { type, kind, file, ...rest } = namesOf(profile).ours(body);
  return {
    type: type ?? kind,
    ...rest,
    ...(file === undefined ? {} : { file: isBody(file) ? namesOf(profile).ours(file) : file }),
  };
}

/** Whether a value is an object of the wire: no list, and no number that kept its text. */
export function isBody(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isJsonNumber(value);
}

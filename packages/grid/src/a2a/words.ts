// The words of A2A's two generations: states, roles, and where Grid's own members go.

import type { TaskState } from "../types.ts";
import { isBody, readState, taskStates } from "../wire/forms.ts";

/** `0.3` writes `input-required` and `kind`; `1.0` writes `TASK_STATE_INPUT_REQUIRED` and no discriminator. */
export type A2AVersion = "0.3" | "1.0";

export interface A2AOptions {
  /** @default "1.0" */
  readonly version?: A2AVersion | undefined;
}

/** Plain data of A2A. */
export type A2AObject = Readonly<Record<string, unknown>>;

/** A mapped value, and the paths of what has no place in it. */
export interface Mapped<T> {
  readonly value: T;
  readonly lost: readonly string[];
}

/** The member of A2A's `metadata` in which Grid's own members travel. */
const ownMetadata = "x-grid";

const isKnown = (state: string): boolean => taskStates.some((known) => known === state);

/** A state as A2A writes it; one that A2A does not know is its `unknown`. */
export function stateToA2A(state: TaskState, { version = "1.0" }: A2AOptions = {}): string {
  if (version === "0.3") {
    return isKnown(state) ? state.replaceAll("_", "-") : "unknown";
  }
  return isKnown(state) ? `TASK_STATE_${state.toUpperCase()}` : "TASK_STATE_UNSPECIFIED";
}

/** A state of either generation in Grid's words; an unknown one passes. */
export function stateFromA2A(state: string): TaskState {
  return readState(state);
}

export function roleToA2A(role: string, version: A2AVersion): string {
  return version === "0.3" ? role : `ROLE_${role.toUpperCase()}`;
}

export function roleFromA2A(role: unknown): string | null {
  return typeof role === "string" ? role.replace(/^ROLE_/, "").toLowerCase() : null;
}

/** Without members that are null or absent, which A2A does not write. */
export function present(members: A2AObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== null),
  );
}

/** Metadata with Grid's own members in it; `undefined` where there is none of either. */
export function metadataToA2A(metadata: A2AObject, own: A2AObject): A2AObject | undefined {
  const members = present(own);
  const all = Object.keys(members).length === 0 ? metadata : { ...metadata, [ownMetadata]: members };
  return Object.keys(all).length === 0 ? undefined : all;
}

/** Metadata without Grid's own members, and these. */
export function metadataFromA2A(metadata: unknown): {
  readonly metadata: A2AObject;
  readonly own: A2AObject;
} {
  if (!isBody(metadata)) {
    return { metadata: {}, own: {} };
  }
  const { [ownMetadata]: own, ...rest } = metadata;
  return { metadata: rest, own: isBody(own) ? own : {} };
}

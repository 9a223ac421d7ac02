// A tool as a service defines it: what a model reads about it, the shape of its arguments, and what it does.
import { z } from "zod";
import type { ToolAnswer } from "./answer.ts";
import { readArguments } from "./arguments.ts";

/** What a tool is given beside its arguments. */
export interface ToolContext {
  /** Aborts when the caller cancels the call, its session ends or the server stops. */
  readonly signal: AbortSignal;
  /**
   * Says what the tool is doing. Told at once, and again every few seconds until the next word or the answer, with the
   * seconds that have passed; to nobody, if the caller has not asked for progress.
   *
   * @param totalSeconds how long it takes at most, where that is known
   */
  progress(message: string, totalSeconds?: number): void;
}

/** What hosts may know of a tool without calling it. */
export interface ToolHints {
  /** It changes nothing. */
  readonly readOnlyHint: boolean;
  /** It may take away what cannot be had back. @default false */
  readonly destructiveHint?: boolean;
  /** A repeat with the same arguments changes nothing more. @default false; true for what changes nothing */
  readonly idempotentHint?: boolean;
}

/** A tool. */
export interface ToolSpec<Shape extends z.ZodRawShape> {
  /** In snake case. */
  readonly name: string;
  /** For a model: what it does, when to use it, and what the answer means. */
  readonly description: string;
  /** The arguments, each with a `describe` where its name does not say all. Others are refused. */
  readonly input: Shape;
  readonly hints: ToolHints;
  /**
   * Does it. A `ServiceError` that it throws is told to the caller with its code and details; any other error is a defect,
   * of which the caller learns nothing.
   */
  run(args: z.output<z.ZodObject<Shape>>, context: ToolContext): Promise<ToolAnswer>;
}

/** A tool that can be called with whatever comes. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly hints: Required<ToolHints>;
  /** @throws {InvalidArgumentError} `invalid_argument` with `details.problems` for arguments of another shape */
  run(given: unknown, context: ToolContext): Promise<ToolAnswer>;
}

/** Defines a tool. */
export function defineTool<Shape extends z.ZodRawShape>(spec: ToolSpec<Shape>): Tool {
  const { name, description, hints } = spec;
  const input = z.strictObject(spec.input);
  return {
    name,
    description,
    input,
    hints: {
      readOnlyHint: hints.readOnlyHint,
      destructiveHint: hints.destructiveHint ?? false,
      idempotentHint: hints.idempotentHint ?? hints.readOnlyHint,
    },
    run: async (given, context) => spec.run(readArguments(name, input, given), context),
  };
}

// What an executable does: itself, and each of its commands.
import type { Log } from "../shared/logger.ts";
import type { OptionsOf, Settings } from "./settings.ts";

/** One thing that an executable does. */
export interface Command<Values> {
  /** What it does, in one sentence. */
  readonly summary: string;
  /** Names of the arguments that it needs, such as `DIR`. */
  readonly positionals?: readonly string[];
  readonly settings: Settings<Values>;
  /** What the help text says below the flags. */
  readonly notes?: string;
  /**
   * Does it. What it throws ends the process: exit code 2 for a {@link SettingError}, 1 for any other; a
   * {@link StartError} is told in its own words alone.
   */
  run(options: OptionsOf<Values>, positionals: readonly string[], log: Log): Promise<void>;
}

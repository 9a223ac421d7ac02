// What callers ask of the rules: every command in one union.
import type { AgentCommand } from "./agent-commands.ts";
import type { OwnerCommand } from "./owner-commands.ts";
import type { ServerCommand, SignInCommand } from "./server-commands.ts";

export type { Asker } from "./owner-commands.ts";
export type { Created, Ended, Page, Replies } from "./replies.ts";

/**
 * Ids, key hashes and random bytes come inside the command, so that deciding stays deterministic. Ids carry their prefix.
 * Shapes and lengths were checked by the surface; what depends on the time or on the state is checked here.
 */
export type Command = AgentCommand | OwnerCommand | SignInCommand | ServerCommand;

/** The command of one type. */
export type CommandOf<Type extends Command["type"]> = Extract<Command, { type: Type }>;

// Which event a handler of a pattern gets, for the compiler.
import type { EventPayloads, KnownEventName } from "../../types.ts";
import type { Body } from "../../wire/body.ts";
import type { AgentEvent } from "./agent-event.ts";

/** Beginnings of names that belong to servers: what begins so and is not known is a slip. */
type ServersOwn =
  | "channel.message."
  | "direct.message."
  | "discovery.notification."
  | "system."
  | "workspace.message."
  | "workspace.reaction.";

/**
 * A pattern of event names: `*`, a beginning with `*` behind it, or a name. A literal that begins as servers' own names do and
 * is none of them, such as `channel.message.postd`, does not compile; other names and texts of any kind do.
 */
export type EventPattern<Pattern extends string> = Pattern extends KnownEventName
  ? Pattern
  : Pattern extends `${infer Start}*`
    ? Start extends `${ServersOwn}${string}`
      ? [Extract<KnownEventName, `${Start}${string}`>] extends [never]
        ? `no known event begins with ${Start}`
        : Pattern
      : Pattern
    : Pattern extends `${ServersOwn}${string}`
      ? `${Pattern} is no known event`
      : Pattern;

/** The names that a pattern can mean, as far as they are known; `never` where it can mean others. */
type NamesOf<Pattern extends string> = string extends Pattern
  ? never
  : Pattern extends KnownEventName
    ? Pattern
    : Pattern extends `${infer Start}*`
      ? Start extends `${ServersOwn}${string}`
        ? Extract<KnownEventName, `${Start}${string}`>
        : never
      : never;

/** An event whose name says its payload. */
export type EventNamed<Name extends KnownEventName> = {
  [Each in Name]: AgentEvent<Each, EventPayloads[Each] & Body>;
}[Name];

/** The event that a handler of a pattern gets. */
export type EventOf<Pattern extends string> =
  true extends IsOpen<Pattern> ? AgentEvent : EventNamed<NamesOf<Pattern>>;

/** Whether a pattern can mean events that are not known. */
type IsOpen<Pattern extends string> = Pattern extends string
  ? [NamesOf<Pattern>] extends [never]
    ? true
    : false
  : never;

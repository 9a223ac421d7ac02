// Whom a destination of a network means.

/** Whom an event goes to. */
export type Destination =
  /** Nobody: system commands and mods see it, no queue does. */
  | { readonly kind: "nobody" }
  | { readonly kind: "agent"; readonly id: string }
  /** Every agent but the sender. */
  | { readonly kind: "everyone" }
  /** Members of a channel but the sender. */
  | { readonly kind: "channel"; readonly name: string }
  | { readonly kind: "group"; readonly name: string }
  | { readonly kind: "mod"; readonly name: string }
  /** `channel` or `agent` alone. */
  | { readonly kind: "invalid"; readonly text: string };

const nobody: Destination = { kind: "nobody" };
const everyone: Destination = { kind: "everyone" };

/** Reads a destination. What has no known beginning is an agent of that literal name. */
export function readDestination(text: string | null | undefined): Destination {
  switch (text) {
    case undefined:
    case null:
    case "":
    case "system":
    case "mod":
      return nobody;
    case "broadcast":
    case "all":
    case "agent:broadcast":
      return everyone;
    case "channel":
    case "agent":
      return { kind: "invalid", text };
  }
  const colon = text.indexOf(":");
  const rest = text.slice(colon + 1);
  switch (text.slice(0, Math.max(colon, 0))) {
    case "agent":
      return { kind: "agent", id: rest };
    case "channel":
      return { kind: "channel", name: rest };
    case "group":
      return { kind: "group", name: rest };
    case "mod":
      return { kind: "mod", name: rest };
    case "system":
      return nobody;
    default:
      return { kind: "agent", id: text };
  }
}

/** The name of a channel without the `#` that people write. */
export const channelName = (text: string): string => text.replace(/^#/, "");

export const channelDestination = (name: string): string => `channel:${name}`;

/** Where system commands go; their name decides. */
export const systemDestination = "system:system";

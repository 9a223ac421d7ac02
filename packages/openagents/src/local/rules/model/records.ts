// What the journal holds: what happened, from which `apply` finds who gets what; and the event that it becomes.
import type {
  AgentFacts,
  Channel,
  FileFacts,
  Kept,
  Limits,
  Member,
  Message,
  Notice,
  Said,
  Subscription,
  WorkspaceFacts,
} from "./entities.ts";

/** The request that a record answers, so that a repeat of it changes nothing. */
export interface KeptEntry extends Omit<Kept, "atMs"> {
  readonly key: string;
}

/** A message that has no place yet. */
export interface NewMessage extends Omit<Message, "seq" | "atMs"> {
  /** Whether the server made its id: the next one there is. */
  readonly made: boolean;
}

/** The settings of a start, which hold for what is applied after it. */
export interface StartFacts {
  readonly limits: Limits;
  readonly channels: readonly string[];
  readonly workspace: Pick<WorkspaceFacts, "slug" | "name" | "tokenHash">;
}

export type NetworkRecord =
  | (StartFacts & { readonly type: "store.created"; readonly prefix: string })
  | (StartFacts & { readonly type: "store.restarted" })
  | { readonly type: "store.restored"; readonly prefix: string }
  | { readonly type: "clock.paused"; readonly byMs: number }
  | { readonly type: "clock.corrected"; readonly byMs: number }
  | { readonly type: "agent.registered"; readonly agent: AgentFacts }
  | {
      readonly type: "agent.removed";
      readonly agentId: string;
      readonly reason: string;
      /** Who removed it, and how long it stays away. */
      readonly kick?: { readonly by: string; readonly untilMs: number };
    }
  | { readonly type: "agent.subscribed"; readonly agentId: string; readonly subscription: Subscription }
  /** `null` for all of them. */
  | { readonly type: "agent.unsubscribed"; readonly agentId: string; readonly subscriptionId: string | null }
  | { readonly type: "agent.able"; readonly agentId: string; readonly capabilities: string }
  | { readonly type: "event.sent"; readonly said: Said; readonly kept?: KeptEntry }
  | {
      readonly type: "message.said";
      readonly workspaceId: string;
      readonly message: NewMessage;
      /**
       * What agents of the network are told instead of it: of a post its channel, of a direct message its receiver. Without it they get
       * the event itself, as it is addressed.
       */
      readonly notice?: Notice;
      readonly kept?: KeptEntry;
    }
  | { readonly type: "request.kept"; readonly kept: KeptEntry }
  /** Up to which entry each queue was emptied. */
  | { readonly type: "queues.taken"; readonly taken: readonly (readonly [agentId: string, to: number])[] }
  | {
      readonly type: "channel.set";
      readonly workspaceId: string;
      readonly channel: Omit<Channel, "id"> & { readonly id: string | null };
      /** Who comes in with it. */
      readonly members: readonly string[];
    }
  | { readonly type: "channel.removed"; readonly workspaceId: string; readonly name: string }
  | {
      readonly type: "channel.entered" | "channel.left";
      readonly workspaceId: string;
      readonly name: string;
      readonly member: string;
    }
  | {
      readonly type: "reaction.set";
      readonly workspaceId: string;
      readonly messageId: string;
      readonly reaction: string;
      readonly agentId: string;
      readonly on: boolean;
    }
  | { readonly type: "file.added"; readonly workspaceId: string; readonly file: FileFacts }
  | { readonly type: "file.removed"; readonly workspaceId: string; readonly fileId: string }
  | { readonly type: "workspace.created"; readonly workspace: WorkspaceFacts }
  | {
      readonly type: "member.set";
      readonly workspaceId: string;
      readonly member: Member;
      /** What the network is told of it, if anything: that it has come, or why it has gone. */
      readonly told?: "connected" | { readonly reason: string };
    }
  | {
      readonly type: "member.removed";
      readonly workspaceId: string;
      readonly name: string;
      readonly told: boolean;
    };

/** The record of this name. */
export type RecordOf<Type extends NetworkRecord["type"]> = Extract<NetworkRecord, { readonly type: Type }>;

/** A message that has come into the log of a workspace. */
export interface NetworkEvent {
  readonly workspaceId: string;
  readonly message: Message;
}

// What can be asked of the rules, and what each is answered. Secrets come as their hashes.
import type { Body } from "../../../wire/body.ts";
import type { Entry, FileFacts, Message, PreservedFields, Transport } from "./entities.ts";
import type { Agent, ChannelState, MemberState, Workspace } from "./state.ts";

/** An event as an agent sends it. */
export interface SentEvent {
  /** `""` for an event without an id, which is never known again. */
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly to: string | null;
  readonly payload: Body;
  /** The same with its numbers as they were written. */
  readonly payloadText: string;
  readonly metadataText: string;
  readonly visibility: string;
  readonly preserved: PreservedFields;
  /** Of name, destination and payload. */
  readonly fingerprint: string;
  /** Of an upload: what its bytes have become; `null` for bytes that are no base64. */
  readonly upload?: Pick<FileFacts, "id" | "size" | "content"> | null;
}

/** What an agent is answered to an event. */
export interface Answer {
  readonly success: boolean;
  readonly message: string;
  readonly data: Body | null;
  /** A file whose bytes belong into the data. */
  readonly file?: FileFacts;
}

/** What a poll got. */
export interface Polled {
  readonly entries: readonly Entry[];
  /** So many before these were dropped, which nobody has taken. */
  readonly dropped: number;
  readonly sinceMs: number | null;
  /** The place of the last one: what is acknowledged. */
  readonly next: number;
  /** Another one took over, or the agent has gone. */
  readonly ended: boolean;
}

export interface Joined {
  readonly workspaceId: string;
  readonly name: string;
  readonly role: "master" | "member";
}

/** Which events of a log are asked for. */
export interface LogQuery {
  readonly after: string | null;
  readonly before: string | null;
  readonly target: string | null;
  readonly channel: string | null;
  readonly typePrefix: string | null;
  readonly conversation: readonly [string, string] | null;
  readonly search: string | null;
  readonly member: string | null;
  readonly descending: boolean;
  readonly limit: number;
}

export interface LogPage {
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}

/** Who asks something of a workspace: its address by id or slug, and the hash of the token. */
interface InWorkspace {
  readonly network: string;
  readonly tokenHash: string;
}

export type Command =
  | {
      readonly type: "register";
      readonly agentId: string;
      readonly secretHash: string;
      readonly group: string | null;
      readonly passwordHash: string;
      readonly transport: Transport;
      readonly metadataText: string;
      readonly capabilitiesText: string | null;
      /** Whether a live registration is replaced. */
      readonly force: boolean;
      /** The hash of the secret that is held, for `claimIds`. */
      readonly claim: string;
    }
  | { readonly type: "unregister"; readonly agentId: string; readonly secretHash: string }
  | { readonly type: "send"; readonly secretHash: string; readonly event: SentEvent }
  | { readonly type: "authenticate"; readonly agentId: string; readonly secretHash: string }
  | {
      readonly type: "poll";
      readonly agentId: string;
      readonly secretHash: string;
      readonly limit: number;
      /** Up to where the last ones have arrived; `null` for a poll that takes what it gets. */
      readonly ack: number | null;
      readonly waitMs: number;
      /** A stream reads on from its own place, and lives until another one opens. */
      readonly stream: {
        readonly id: number;
        readonly opens: boolean;
        /** `null` for what nobody has taken. */
        readonly after: number | null;
      } | null;
    }
  | { readonly type: "logTaken" }
  | {
      readonly type: "createWorkspace";
      readonly id: string;
      readonly slug: string;
      readonly name: string;
      readonly tokenHash: string;
      readonly creatorEmail: string | null;
      readonly agentName: string | null;
      readonly agentType: string | null;
      readonly channelName: string;
    }
  | ({ readonly type: "readWorkspace" } & InWorkspace)
  | { readonly type: "resolveToken"; readonly tokenHash: string }
  | {
      readonly type: "join";
      readonly network: string | null;
      readonly tokenHash: string;
      readonly name: string;
      readonly sessionHash: string;
      readonly agentType: string | null;
      readonly serverHost: string | null;
      readonly workingDir: string | null;
      readonly metadataText: string;
    }
  | ({ readonly type: "leave"; readonly name: string; readonly sessionHash: string | null } & InWorkspace)
  | ({ readonly type: "beat"; readonly name: string; readonly sessionHash: string | null } & InWorkspace)
  | ({ readonly type: "removeMember"; readonly name: string } & InWorkspace)
  | ({
      readonly type: "post";
      readonly onmType: string;
      readonly source: string;
      readonly target: string;
      readonly payload: Body;
      readonly payloadText: string;
      readonly metadataText: string;
      readonly visibility: string;
      readonly sessionHash: string | null;
    } & InWorkspace)
  | ({ readonly type: "readLog"; readonly query: LogQuery } & InWorkspace)
  | ({
      readonly type: "patchChannel";
      readonly name: string;
      readonly title: string | null;
      readonly status: string | null;
      readonly starred: boolean | null;
    } & InWorkspace)
  | ({
      readonly type: "addFile";
      readonly file: FileFacts;
      /** Where it is said, and what with it; `null` where it is only told. */
      readonly caption: string | null;
    } & InWorkspace)
  | ({ readonly type: "removeFile"; readonly fileId: string } & InWorkspace)
  | { readonly type: "findFile"; readonly tokenHash: string; readonly fileId: string };

export interface Replies {
  readonly register: { readonly group: string };
  readonly unregister: Record<string, never>;
  readonly send: Answer;
  readonly authenticate: { readonly agent: Agent };
  readonly poll: Polled;
  readonly logTaken: Record<string, never>;
  readonly createWorkspace: { readonly workspace: Workspace; readonly channel: ChannelState };
  readonly readWorkspace: { readonly workspace: Workspace };
  readonly resolveToken: { readonly workspace: Workspace };
  readonly join: Joined;
  readonly leave: Record<string, never>;
  readonly beat: Record<string, never>;
  readonly removeMember: { readonly newMaster: MemberState | null };
  readonly post: { readonly message: Message };
  readonly readLog: LogPage;
  readonly patchChannel: { readonly channel: ChannelState };
  readonly addFile: { readonly file: FileFacts };
  readonly removeFile: { readonly file: FileFacts };
  readonly findFile: { readonly workspace: Workspace; readonly file: FileFacts };
}

/** The command with this name. */
export type CommandOf<Type extends Command["type"]> = Extract<Command, { readonly type: Type }>;

// What the state is made of: values that are replaced when they change, so that records and snapshots hold them as they are.

/** Fields that official clients lose over HTTP, and that this server keeps where they are sent. */
export interface PreservedFields {
  readonly requiresResponse?: true;
  readonly responseTo?: string;
  readonly threadName?: string;
  readonly textRepresentation?: string;
  /** Of all whom its destination means, only these get the event. */
  readonly allowedAgents?: readonly string[];
}

/** One accepted event of a network, stored once however many get it. JSON of strangers is kept as text. */
export interface Said extends PreservedFields {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  /** The destination as it was sent; `null` for none. */
  readonly to: string | null;
  readonly payload: string;
  readonly metadata: string;
  readonly visibility: string;
  readonly atMs: number;
  /** The group of the source; `null` where it is no agent. */
  readonly group: string | null;
}

/** What members are told of an event, instead of the event itself. */
export interface Notice {
  readonly name: string;
  /** Members that its payload has beside those of the request, as JSON without braces. */
  readonly more: string;
  /** The whole payload, where the request's has members of these names itself. */
  readonly payload?: string;
}

/** An event as it is on its way to one or to many. */
export interface Delivery {
  /** Among all deliveries. */
  readonly no: number;
  readonly said: Said;
  readonly notice: Notice | null;
  /** About how long it is as JSON. */
  readonly bytes: number;
}

/** A place in the queue of an agent. */
export interface Entry {
  /** Counts the entries of this queue, without holes: what is acknowledged. */
  readonly seq: number;
  /** Makes the id of a notification. */
  readonly n: number;
  readonly delivery: Delivery;
}

export interface Subscription {
  readonly id: string;
  readonly patterns: readonly string[];
  readonly channels: readonly string[];
}

export type Transport = "http" | "grpc";

/** Who is registered in the network. */
export interface AgentFacts {
  readonly id: string;
  readonly group: string;
  /** SHA-256 of the secret, in hex. */
  readonly secretHash: string;
  readonly transport: Transport;
  /** JSON text of an object, with `_connect_time`. */
  readonly metadata: string;
  /** JSON text: a list, a text or an object. */
  readonly capabilities: string;
  readonly connectedMs: number;
}

/** Who has joined a workspace. */
export interface Member {
  readonly name: string;
  readonly role: "master" | "member";
  readonly agentType: string | null;
  readonly serverHost: string | null;
  readonly workingDir: string | null;
  readonly description: string | null;
  /** JSON text of an object: what our clients say of themselves. */
  readonly metadata: string;
  readonly joinedMs: number;
  /** SHA-256 of the session that counts, in hex; `null` where there is none any more. */
  readonly sessionHash: string | null;
  readonly online: boolean;
}

export interface Channel {
  readonly name: string;
  readonly id: string;
  readonly description: string;
  readonly title: string;
  readonly titleManuallySet: boolean;
  readonly createdBy: string | null;
  readonly master: string | null;
  readonly status: string;
  readonly starred: boolean;
  readonly createdMs: number;
  readonly announcement: string;
}

/** An event as a workspace has it. */
export interface OnmForm {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly payload: string;
  readonly metadata: string;
  readonly visibility: string;
}

/** An entry in the log of a workspace. */
export interface Message {
  /** Its place among the entries of all workspaces. */
  readonly seq: number;
  /** Unique in its workspace. */
  readonly id: string;
  readonly atMs: number;
  /** As the network has it; `null` for what only a workspace knows. */
  readonly said: Said | null;
  /** As it was posted to the workspace; `null` for what came from the network. */
  readonly onm: OnmForm | null;
  readonly kind: "post" | "direct" | "other";
  /** What it belongs to; the history of each is bounded. */
  readonly lane: string;
  readonly channel: string | null;
  /** Whom a direct message is for. */
  readonly peer: string | null;
  readonly replyTo: string | null;
  /** 1 to 4 in a thread; 0 for its root, and for what is in none. */
  readonly level: number;
  readonly rootId: string | null;
}

export interface FileFacts {
  readonly id: string;
  readonly filename: string;
  readonly mimeType: string;
  readonly size: number;
  readonly uploadedBy: string;
  readonly channel: string | null;
  readonly createdMs: number;
  /** The bytes in base64 where they are few; `null` where they lie in a file of their own. */
  readonly content: string | null;
}

/** What a request with an id was answered, so that a repeat changes nothing. */
export interface Kept {
  /** Of its name, destination and payload. */
  readonly fingerprint: string;
  readonly message: string;
  /** JSON text. */
  readonly data: string | null;
  readonly atMs: number;
}

/** What the operator chose at the last start, as far as records are applied by it. */
export interface Limits {
  readonly queueLimit: number;
  readonly queueBytes: number;
  readonly historyLimit: number;
  readonly agentTimeoutMs: number;
  /** Whom `group:` reaches beside the members of the group. */
  readonly groupAgents: readonly (readonly [group: string, agents: readonly string[]])[];
}

/** What everybody who knows the token of a workspace is let into. */
export interface WorkspaceFacts {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly tokenHash: string;
  readonly createdMs: number;
  readonly creatorEmail: string | null;
}

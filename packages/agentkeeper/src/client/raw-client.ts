// Generated clients as the rest of the package sees them.
import type {
  DescMessage,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { ElectionExtService } from "../gen/agentkeeper/ext/v1/election_pb.ts";
import type { LeaseExtService } from "../gen/agentkeeper/ext/v1/lease_pb.ts";
import type { PolicyExtService } from "../gen/agentkeeper/ext/v1/policy_pb.ts";
import type { RegistryExtService } from "../gen/agentkeeper/ext/v1/registry_pb.ts";
import type { RequestService } from "../gen/agentkeeper/ext/v1/request_pb.ts";
import type { ServerService } from "../gen/agentkeeper/ext/v1/server_pb.ts";
import type { TaskExtService } from "../gen/agentkeeper/ext/v1/task_pb.ts";

/** What an attempt passes to the generated client. */
export interface AttemptCall {
  signal?: AbortSignal;
  timeoutMs?: number;
  headers?: Record<string, string>;
  onHeader?: (headers: { has(name: string): boolean }) => void;
}

/** A generated client, without the types of its library: those would ask every TypeScript user for the DOM's. */
export type RawClient<Service extends DescService> = {
  readonly [Name in keyof Service["method"]]: Service["method"][Name] extends DescMethodUnary<
    infer Input extends DescMessage,
    infer Output extends DescMessage
  >
    ? (request: MessageInitShape<Input>, call?: AttemptCall) => Promise<MessageShape<Output>>
    : Service["method"][Name] extends DescMethodServerStreaming<
          infer Input extends DescMessage,
          infer Output extends DescMessage
        >
      ? (request: MessageInitShape<Input>, call?: AttemptCall) => AsyncIterable<MessageShape<Output>>
      : never;
};

/** The raw clients of `agentkeeper.ext.v1`, without that of its events. */
export interface ExtClients {
  readonly server: RawClient<typeof ServerService>;
  readonly registry: RawClient<typeof RegistryExtService>;
  readonly leases: RawClient<typeof LeaseExtService>;
  readonly elections: RawClient<typeof ElectionExtService>;
  readonly policies: RawClient<typeof PolicyExtService>;
  readonly requests: RawClient<typeof RequestService>;
  readonly tasks: RawClient<typeof TaskExtService>;
}

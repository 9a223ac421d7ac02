// The raw clients of `agentkeeper.ext.v1`, in a file of their own that is loaded at the first additive call: reading
// their descriptors would be a tenth of the time in which the package loads. Watches are not among them, whose requests
// must leave at once.
import { createClient, type Transport } from "@connectrpc/connect";
import { ElectionExtService } from "../gen/agentkeeper/ext/v1/election_pb.ts";
import { LeaseExtService } from "../gen/agentkeeper/ext/v1/lease_pb.ts";
import { PolicyExtService } from "../gen/agentkeeper/ext/v1/policy_pb.ts";
import { RegistryExtService } from "../gen/agentkeeper/ext/v1/registry_pb.ts";
import { RequestService } from "../gen/agentkeeper/ext/v1/request_pb.ts";
import { ServerService } from "../gen/agentkeeper/ext/v1/server_pb.ts";
import { TaskExtService } from "../gen/agentkeeper/ext/v1/task_pb.ts";
import type { ExtClients } from "./raw-client.ts";

export function createExtClients(transport: Transport): ExtClients {
  return {
    server: createClient(ServerService, transport),
    registry: createClient(RegistryExtService, transport),
    leases: createClient(LeaseExtService, transport),
    elections: createClient(ElectionExtService, transport),
    policies: createClient(PolicyExtService, transport),
    requests: createClient(RequestService, transport),
    tasks: createClient(TaskExtService, transport),
  };
}

// The services of both wires, in the order in which the wire document lists them.
import type { DescService } from "@bufbuild/protobuf";
import { ElectionExtService } from "../../gen/agentkeeper/ext/v1/election_pb.ts";
import { EventService } from "../../gen/agentkeeper/ext/v1/event_pb.ts";
import { LeaseExtService } from "../../gen/agentkeeper/ext/v1/lease_pb.ts";
import { PolicyExtService } from "../../gen/agentkeeper/ext/v1/policy_pb.ts";
import { RegistryExtService } from "../../gen/agentkeeper/ext/v1/registry_pb.ts";
import { ServerService } from "../../gen/agentkeeper/ext/v1/server_pb.ts";
import { TaskExtService } from "../../gen/agentkeeper/ext/v1/task_pb.ts";
import {
  ElectionService,
  EntitlementsService,
  LeaseService,
  RegistryService,
  TaskService,
} from "../../gen/agentkeeper/v1/agentkeeper_pb.ts";

/** Those of `agentkeeper.v1`. */
export const services: readonly DescService[] = [
  RegistryService,
  LeaseService,
  ElectionService,
  EntitlementsService,
  TaskService,
];

/** Those of `agentkeeper.ext.v1`. */
export const extServices: readonly DescService[] = [
  ServerService,
  RegistryExtService,
  LeaseExtService,
  ElectionExtService,
  PolicyExtService,
  TaskExtService,
  EventService,
];

// The services of `agentkeeper.v1`, in the order in which the wire document lists them.
import type { DescService } from "@bufbuild/protobuf";
import {
  ElectionService,
  EntitlementsService,
  LeaseService,
  RegistryService,
  TaskService,
} from "../gen/agentkeeper/v1/agentkeeper_pb.ts";

export const services: readonly DescService[] = [
  RegistryService,
  LeaseService,
  ElectionService,
  EntitlementsService,
  TaskService,
];

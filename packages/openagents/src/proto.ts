export * from "./gen/openagents/agent_service_pb.ts";

// The raw messages and services of the wire, for programs that want a Connect client of their own.
export * from "./gen/agentkeeper/v1/agentkeeper_pb.ts";

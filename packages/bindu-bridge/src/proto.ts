export * from "./gen/bindu/grpc/agent_handler_pb.ts";

// The public surface of `@x/bindu-bridge`.

export {
  type AgentCallOptions,
  GrpcAgentClient,
  type GrpcAgentClientOptions,
  grpcAgentClient,
} from "./client/grpc-agent-client.ts";
export {
  AgentCancelledError,
  AgentHandlerError,
  AgentTimeoutError,
  AgentUnavailableError,
  AgentUnimplementedError,
  BinduError,
  type BinduErrorOptions,
  ConfigError,
  CoreUnavailableError,
  MessageTooLargeError,
  RegistrationError,
} from "./errors.ts";
export type { AgentEventName, AgentEvents, HandlerCall, Registered } from "./sdk/agent-events.ts";
export { bindufy } from "./sdk/bindufy.ts";
export type { AgentConfig, SkillConfig } from "./sdk/config.ts";
export {
  authRequired,
  type Handler,
  type HandlerContext,
  type HandlerResponse,
  type HandlerResult,
  inputRequired,
} from "./sdk/handler.ts";
export type { BindufyOptions, CoreCommand, Logger } from "./sdk/options.ts";
export type { CloseOptions, RunningAgent } from "./sdk/running-agent.ts";
export type {
  AgentResult,
  AgentStateResult,
  Capabilities,
  ChatMessage,
  DataPart,
  FilePart,
  InputMessage,
  Part,
  Skill,
  TextPart,
} from "./types.ts";
export { packageVersion } from "./version.ts";
export { type SignedPart, verifyArtifact } from "./wire/artifact-signature.ts";
export { base58decode, base58encode } from "./wire/base58.ts";
export { deriveAgentId, deriveDid, sanitizeDidPart } from "./wire/identity.ts";
export type { PrivateKey } from "./wire/keys.ts";
export {
  type RequestSignatureHeaders,
  type SignRequestOptions,
  signRequest,
  type VerifyRequestOptions,
  verifyRequest,
} from "./wire/request-signature.ts";
export { escapeStateJson } from "./wire/state-object.ts";
export type { TlsOptions } from "./wire/tls-options.ts";

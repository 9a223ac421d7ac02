// Generated clients as the rest of the package sees them.
import type {
  DescMessage,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";

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

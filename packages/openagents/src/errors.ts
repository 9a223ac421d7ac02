// Why something did not work: thrown by what throws, and otherwise in `client.lastError`, since the methods of the product page
// answer false, null or an empty list.

import { brandError, ServiceError, type ServiceErrorDefaults, type ServiceErrorOptions } from "@x/core";

const packageName = "@x/openagents";

/** What an error of this package knows besides its message. */
export type OpenAgentsErrorOptions = Omit<ServiceErrorOptions, "service">;

/** The base of all errors of this package; by itself what a server refused for a reason of its own. Branch on `code`. */
export class OpenAgentsError extends ServiceError {
  static {
    brandError(OpenAgentsError, packageName, "OpenAgentsError");
  }
  constructor(message: string, options: OpenAgentsErrorOptions, defaults: ServiceErrorDefaults = {}) {
    super(message, { ...options, service: "openagents" }, { code: "refused", ...defaults });
  }
}

/** Nothing listens there, or the connection broke. Code `connection_refused`, retryable. */
export class ConnectionRefused extends OpenAgentsError {
  static {
    brandError(ConnectionRefused, packageName, "ConnectionRefused");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "connection_refused", retryable: true });
  }
}

/** No whole answer in time; the server may have acted. Code `timeout`, retryable. */
export class Timeout extends OpenAgentsError {
  static {
    brandError(Timeout, packageName, "Timeout");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "timeout", retryable: true });
  }
}

/** Something answers, but neither a network nor a workspace. Code `not_an_openagents_server`. */
export class NotAnOpenAgentsServer extends OpenAgentsError {
  static {
    brandError(NotAnOpenAgentsServer, packageName, "NotAnOpenAgentsServer");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "not_an_openagents_server" });
  }
}

/** A workspace, or a network that asks for a password, and no token. Code `token_required`. */
export class TokenRequired extends OpenAgentsError {
  static {
    brandError(TokenRequired, packageName, "TokenRequired");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "token_required" });
  }
}

/** The token or password is not taken. Code `invalid_token`. */
export class InvalidToken extends OpenAgentsError {
  static {
    brandError(InvalidToken, packageName, "InvalidToken");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "invalid_token" });
  }
}

/** There is no such group, or its password is another. Code `invalid_group`. */
export class InvalidGroup extends OpenAgentsError {
  static {
    brandError(InvalidGroup, packageName, "InvalidGroup");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "invalid_group" });
  }
}

/** An admin has put the agent out; `retryAfterMs` says for how long. Code `recently_kicked`, retryable. */
export class RecentlyKicked extends OpenAgentsError {
  static {
    brandError(RecentlyKicked, packageName, "RecentlyKicked");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "recently_kicked", retryable: true });
  }
}

/** The network does not offer the transport that was asked for. Code `transport_not_supported`. */
export class TransportNotSupported extends OpenAgentsError {
  static {
    brandError(TransportNotSupported, packageName, "TransportNotSupported");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "transport_not_supported" });
  }
}

/** The server does not take the agent's id. Code `invalid_agent_id`. */
export class InvalidAgentId extends OpenAgentsError {
  static {
    brandError(InvalidAgentId, packageName, "InvalidAgentId");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "invalid_agent_id" });
  }
}

/** Another process registers the same id again and again. Ends the connection. Code `id_taken_over`. */
export class IdTakenOver extends OpenAgentsError {
  static {
    brandError(IdTakenOver, packageName, "IdTakenOver");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "id_taken_over" });
  }
}

/** Another client has joined the workspace as the same agent. Ends the connection. Code `session_revoked`. */
export class SessionRevoked extends OpenAgentsError {
  static {
    brandError(SessionRevoked, packageName, "SessionRevoked");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "session_revoked" });
  }
}

/** The credential of the registration is no longer taken: the server has restarted, or the id is another's. Code `credential_lost`. */
export class CredentialLost extends OpenAgentsError {
  static {
    brandError(CredentialLost, packageName, "CredentialLost");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "credential_lost", retryable: true });
  }
}

/** Not connected (any more, or just now). Code `not_connected`. */
export class NotConnected extends OpenAgentsError {
  static {
    brandError(NotConnected, packageName, "NotConnected");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "not_connected", retryable: true });
  }
}

/** An event that no server would take. Thrown before anything is sent. Code `invalid_event`. */
export class InvalidEvent extends OpenAgentsError {
  static {
    brandError(InvalidEvent, packageName, "InvalidEvent");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "invalid_event" });
  }
}

/** The event or file is larger than the server takes; the message names the limit. Code `too_large`. */
export class TooLarge extends OpenAgentsError {
  static {
    brandError(TooLarge, packageName, "TooLarge");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "too_large" });
  }
}

/** The product at the other end has no such thing. Code `unsupported`. */
export class Unsupported extends OpenAgentsError {
  static {
    brandError(Unsupported, packageName, "Unsupported");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "unsupported" });
  }
}

/** A handler threw; `cause` is what. Code `handler_failed`. */
export class HandlerFailed extends OpenAgentsError {
  static {
    brandError(HandlerFailed, packageName, "HandlerFailed");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "handler_failed" });
  }
}

/** The other agent waits for this one, which waits for it. Code `deadlock`. */
export class Deadlock extends OpenAgentsError {
  static {
    brandError(Deadlock, packageName, "Deadlock");
  }
  constructor(message: string, options: OpenAgentsErrorOptions) {
    super(message, options, { code: "deadlock" });
  }
}

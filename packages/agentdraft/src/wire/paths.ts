// Every path of the service, in one table that a caller can override in part.

/** Paths behind the base URL. `{name}` stands for an encoded value. */
export interface Paths {
  readonly me: string;
  readonly availability: string;
  readonly bookings: string;
  readonly booking: string;
  readonly releaseHold: string;
  readonly mailbox: string;
  readonly messages: string;
  readonly message: string;
  readonly sendMessage: string;
  readonly replyToMessage: string;
  readonly suppression: string;
  readonly approvals: string;
  readonly approval: string;
  readonly consent: string;
  readonly audit: string;
  readonly auditHead: string;
  readonly auditEvent: string;
  readonly events: string;
  readonly proposeCounter: string;
  readonly counters: string;
  readonly acceptCounter: string;
  readonly rejectCounter: string;
  readonly jwks: string;
  readonly signatureDirectory: string;
}

export const defaultPaths: Paths = {
  me: "/v1/agents/me",
  availability: "/v1/availability",
  bookings: "/v1/bookings",
  booking: "/v1/bookings/{bookingId}",
  releaseHold: "/v1/holds/{holdId}/release",
  mailbox: "/v1/mailbox/me",
  messages: "/v1/mailbox/messages",
  message: "/v1/mailbox/messages/{messageId}",
  sendMessage: "/v1/mailbox/send",
  replyToMessage: "/v1/mailbox/messages/{messageId}/reply",
  suppression: "/v1/mailbox/suppressions/{address}",
  approvals: "/v1/approvals",
  approval: "/v1/approvals/{approvalId}",
  consent: "/v1/consents/{consentId}",
  audit: "/v1/audit",
  auditHead: "/v1/audit/head",
  auditEvent: "/v1/audit/{eventId}",
  events: "/v1/events",
  proposeCounter: "/v1/bookings/{bookingId}/counter",
  counters: "/v1/bookings/{bookingId}/counters",
  acceptCounter: "/v1/bookings/{bookingId}/counters/{counterId}/accept",
  rejectCounter: "/v1/bookings/{bookingId}/counters/{counterId}/reject",
  jwks: "/.well-known/jwks.json",
  signatureDirectory: "/v1/agents/{agentId}/http-message-signatures-directory",
};

/** The path as the server's routes have it: its values are named as the wire names them. */
export function servedPath(name: keyof Paths): string {
  return defaultPaths[name].replaceAll(/\{(\w+)\}/g, (_, value: string) => `{${wireName(value)}}`);
}

const wireName = (value: string): string =>
  value === "consentId"
    ? "consent_request_id"
    : value.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);

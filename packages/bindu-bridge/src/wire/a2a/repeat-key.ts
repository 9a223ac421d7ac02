// By what an agent knows a send again: the key that its caller gave, else an id that nobody counts up to.

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** `undefined` for a message that is carried out as often as it comes. */
export function repeatKey(idempotencyKey: string | undefined, messageId: string): string | undefined {
  return idempotencyKey ?? (uuid.test(messageId) ? messageId.toLowerCase() : undefined);
}

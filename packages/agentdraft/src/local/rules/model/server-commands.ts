// How people come in, and what the server itself asks of the rules.

/** How people come in. */
export type SignInCommand =
  | {
      readonly type: "requestMagicLink";
      readonly email: string;
      /** SHA-256 of the token, lower-case hex. */
      readonly tokenHash: string;
    }
  | {
      readonly type: "verifyMagicLink";
      readonly tokenHash: string;
      /** Used when the email signs in for the first time. */
      readonly userId: string;
      readonly workspaceId: string;
      /** SHA-256 of the session cookie's value. */
      readonly sessionHash: string;
    }
  | { readonly type: "logout"; readonly sessionHash: string };

/** What the server itself asks: its delivery worker, the dev routes, and its own end. */
export type ServerCommand =
  /** The server stops: commits that wait for the end of a window are decided now, and later ones at once. */
  | { readonly type: "endArbitrations" }
  /** Deliveries that are due and have a place, each handed out once until its outcome comes or the server restarts. */
  | { readonly type: "takeDeliveries" }
  | {
      readonly type: "deliveryAttempted";
      readonly subId: string;
      readonly eventId: string;
      /** Null for success. */
      readonly error: string | null;
      /** Whether it was over soon, whatever came of it: who answers promptly is told more at once. */
      readonly prompt: boolean;
      /** A random number in [-1, 1): the delay before the next attempt varies by a fifth of it. */
      readonly jitter: number;
    }
  | {
      readonly type: "injectMail";
      readonly messageId: string;
      readonly threadId: string;
      readonly to: string;
      readonly from: string;
      readonly subject: string;
      readonly bodyText: string;
      /** An `rfc_message_id` or a message id. */
      readonly inReplyTo: string | null;
      readonly replyTo: string | null;
    }
  /** A suppression in every calendar that has mail to the address, and those messages become `bounced`. */
  | { readonly type: "bounceMail"; readonly address: string; readonly reason: string | null };

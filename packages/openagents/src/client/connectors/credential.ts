// The secret of a registration: made anew when the server no longer takes it, and given up where another takes the id again and
// again.

import type { Clock } from "@x/core";
import { IdTakenOver } from "../../errors.ts";

/** A secret that is lost so soon after it was made, in milliseconds, another process has most likely taken, all the same. */
const suspiciousMs = 10_000;
const mostTakeovers = 3;

export interface CredentialOptions {
  readonly agentId: string;
  readonly clock: Clock;
  /** Registers and answers the secret. */
  readonly register: () => Promise<string>;
  /** Makes again what the registration before had besides. Where that fails, the registration is none and another follows. */
  readonly restore: (secret: string) => Promise<void>;
}

export interface Credential {
  /** Empty before the first registration. */
  readonly secret: string;
  enter(): Promise<void>;
  /**
   * Registers anew because a secret is no longer taken; does nothing where that has happened already.
   *
   * @throws IdTakenOver, and what a registration may end with
   */
  renew(lost: string): Promise<void>;
}

export function createCredential({ agentId, clock, register, restore }: CredentialOptions): Credential {
  let secret = "";
  let renewedMono: number | undefined;
  let takeovers = 0;
  let renewing: Promise<void> | undefined;

  const renewNow = async (): Promise<void> => {
    const isSoon = renewedMono !== undefined && clock.now().mono - renewedMono < suspiciousMs;
    takeovers = isSoon ? takeovers + 1 : 0;
    if (takeovers >= mostTakeovers) {
      throw new IdTakenOver(
        `Another process registers the agent ${agentId} too, again and again. Give each its own agentId.`,
        { operation: "receive" },
      );
    }
    const renewed = await register();
    await restore(renewed);
    secret = renewed;
    renewedMono = clock.now().mono;
  };

  return {
    get secret() {
      return secret;
    },
    async enter() {
      secret = await register();
    },
    async renew(lost) {
      if (secret === lost) {
        renewing ??= renewNow().finally(() => {
          renewing = undefined;
        });
        await renewing;
      }
    },
  };
}

// Tools that hold a key for the model's agent: acquire, renew, release.
import { isServiceError, NotFoundError } from "@x/core/base";
import { defineTool, type Tool } from "@x/core/mcp";
import { z } from "zod";
import type { AgentKeeperClient } from "../client/client.ts";
import type { LeaseHandle } from "../client/lease-handle.ts";
import type { LeaseDetail } from "../types.ts";
import { leaseFields } from "./encode.ts";
import type { Identity } from "./identity.ts";

const key = z.string().min(1).describe("What is held, such as file:report.md");
const ttlSeconds = z.number().int().min(1).max(604_800);

export function leaseTools(client: AgentKeeperClient, identity: Identity): readonly Tool[] {
  const mine = (operation: string, name: string): LeaseHandle => {
    const handle = identity.held(name);
    if (handle === undefined) {
      throw new NotFoundError(
        `${operation}: this agent holds no lease on ${name}: it has ended, or never was.`,
        {
          service: "agentkeeper",
          operation,
          code: "lease_not_held",
        },
      );
    }
    return handle;
  };
  return [
    defineTool({
      name: "acquire_lease",
      description:
        "Takes a key that at most one agent holds at a time. acquired=false means that another agent has it: do not act. Pass the token on with what you change, so that a late holder can be refused. Release it when you are done.",
      input: {
        key,
        ttl_seconds: ttlSeconds.default(300).describe("How long it holds without a renewal"),
        auto_renew: z.boolean().default(false).describe("Keep it until you release it or this server ends"),
        wait_seconds: z.number().min(0).max(3_600).default(0).describe("How long to wait in line for it"),
      },
      hints: { readOnlyHint: false, idempotentHint: true },
      async run({ key: name, ttl_seconds, auto_renew, wait_seconds }, { signal, progress }) {
        const agentId = await identity.act();
        if (wait_seconds > 0) {
          progress(`waiting in line for ${name}`, wait_seconds);
        }
        const handle = await client.acquireLease(name, agentId, {
          ttlSeconds: ttl_seconds,
          autoRenew: auto_renew,
          signal,
          ...(wait_seconds > 0 ? { waitTimeoutMs: wait_seconds * 1_000 } : {}),
        });
        if (handle === null) {
          const holder = await holderOf(client, name);
          return { acquired: false, ...(holder === undefined ? { key: name } : leaseFields(holder)) };
        }
        identity.hold(handle);
        return { acquired: true, ...leaseFields(handle.lease) };
      },
    }),

    defineTool({
      name: "renew_lease",
      description:
        "Sets the time of a lease of this agent anew. An error means that the lease is gone: stop what it guarded.",
      input: {
        key,
        ttl_seconds: ttlSeconds.nullish().describe("Seconds from now; as long as before by default"),
      },
      hints: { readOnlyHint: false, idempotentHint: true },
      async run({ key: name, ttl_seconds }, { signal }) {
        await identity.act();
        const lease = await mine("renew_lease", name).renew({
          signal,
          ...(ttl_seconds ? { ttlSeconds: ttl_seconds } : {}),
        });
        return leaseFields(lease);
      },
    }),

    defineTool({
      name: "release_lease",
      description: "Gives a lease of this agent back, so that others get the key at once.",
      input: { key },
      hints: { readOnlyHint: false },
      async run({ key: name }, { signal }) {
        await identity.act();
        await mine("release_lease", name).release({ signal });
        return { released: true, key: name };
      },
    }),
  ];
}

/** Who has the key, where the daemon can say it. */
async function holderOf(client: AgentKeeperClient, name: string): Promise<LeaseDetail | undefined> {
  try {
    return await client.getLease(name);
  } catch (error) {
    if (isServiceError(error)) {
      return undefined;
    }
    throw error;
  }
}

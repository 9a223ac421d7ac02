// The health check of gRPC (`grpc.health.v1`), for load balancers and probes.

import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import {
  Health,
  type HealthCheckResponse,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../gen/grpc/health/v1/health_pb.ts";
import type { GrpcRoutes } from "./routes.ts";

/** The full name of the health service: probes call it without credentials. */
export const healthService: string = Health.typeName;

/** What the check reports on. */
export interface HealthOptions {
  /** Full names of the services that exist; the empty name, for the whole server, always does. */
  readonly services: readonly string[];
  /** Whether they can do their work now. */
  readonly isServing: () => boolean;
  /**
   * How often a watch looks again, in milliseconds.
   *
   * @default 500
   */
  readonly pollMs?: number | undefined;
}

/** Registers the health service. */
export function healthRoutes(options: HealthOptions): GrpcRoutes {
  const { isServing, pollMs = 500 } = options;
  const known = new Set(["", ...options.services]);
  const now = (): ServingStatus => (isServing() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  const answer = (status: ServingStatus): HealthCheckResponse =>
    create(HealthCheckResponseSchema, { status });

  const implementation: ServiceImpl<typeof Health> = {
    check({ service }) {
      if (!known.has(service)) {
        throw new ConnectError(`no service is named ${service}`, Code.NotFound);
      }
      return answer(now());
    },
    async *watch({ service }, { signal }) {
      if (!known.has(service)) {
        yield answer(ServingStatus.SERVICE_UNKNOWN);
      }
      let last: ServingStatus | undefined;
      while (!signal.aborted) {
        const status = now();
        if (known.has(service) && status !== last) {
          last = status;
          yield answer(status);
        }
        await pause(pollMs, signal);
      }
    },
  };
  return (router) => {
    router.service(Health, implementation);
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
  });
}

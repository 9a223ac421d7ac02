// BinduService: agents register, say that they are there, and leave.
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { GrpcRoutes } from "@x/core/rpc";
import { KernelError } from "@x/core/service";
import {
  BinduService,
  HeartbeatResponseSchema,
  RegisterAgentResponseSchema,
  UnregisterAgentResponseSchema,
} from "../../../gen/bindu/grpc/agent_handler_pb.ts";
import { skillOf } from "../../../wire/handle-messages.ts";
import { safeText } from "../../../wire/safe-text.ts";
import { wellFormed } from "../../../wire/well-formed.ts";
import type { Registrar } from "../registrar.ts";

export interface BinduServiceOptions {
  readonly registrar: Registrar;
  readonly nowMs: () => number;
  readonly onHeartbeat: (acknowledged: boolean) => void;
}

export function binduRoutes({ registrar, nowMs, onHeartbeat }: BinduServiceOptions): GrpcRoutes {
  return (router) => {
    router.service(BinduService, {
      async registerAgent({ configJson, skills, grpcCallbackAddress }) {
        const registered = await told(() =>
          registrar.register({
            configJson,
            skills: wellFormed(skills.map(skillOf)),
            callbackAddress: grpcCallbackAddress,
          }),
        );
        return create(
          RegisterAgentResponseSchema,
          "problem" in registered
            ? { success: false, error: registered.problem }
            : {
                success: true,
                agentId: registered.agentId,
                did: registered.did,
                agentUrl: registered.url,
              },
        );
      },

      async heartbeat({ agentId }) {
        const acknowledged = await told(() => registrar.heartbeat(agentId));
        onHeartbeat(acknowledged);
        return create(HeartbeatResponseSchema, { acknowledged, serverTimestamp: BigInt(nowMs()) });
      },

      async unregisterAgent({ agentId }) {
        const error = await told(() => registrar.unregister(agentId));
        return create(UnregisterAgentResponseSchema, { success: error === undefined, error: error ?? "" });
      },
    });
  };
}

/** The kernel's own faults as a status; agents try again after these. */
async function told<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    const isTemporary = error instanceof KernelError && error.code !== "internal";
    throw new ConnectError(safeText(error), isTemporary ? Code.Unavailable : Code.Internal);
  }
}

// Every route of the service.
import type { HttpRoute } from "@x/core/service";
import type { Surface } from "../context.ts";
import { createHumans } from "../humans.ts";
import { adminRoutes } from "./admin.ts";
import { claimRoutes } from "./claim.ts";
import { eventsRoute } from "./events.ts";
import { nodeRoutes } from "./nodes.ts";
import { protocolRoute } from "./protocol.ts";
import { rpcRoute } from "./rpc.ts";
import { scheduleRoutes } from "./schedules.ts";

export function gridRoutes(surface: Surface): readonly HttpRoute[] {
  const humans = createHumans(surface);
  return [
    ...nodeRoutes(surface),
    rpcRoute(surface),
    eventsRoute(surface),
    ...scheduleRoutes(surface),
    protocolRoute(surface),
    ...claimRoutes(surface, humans),
    ...adminRoutes(surface, humans),
  ];
}

// Which implementation answers which path: Connect's router shape, for generated service descriptions.

import type { DescMethod, DescService } from "@bufbuild/protobuf";
import {
  createMethodImplSpec,
  createServiceImplSpec,
  type MethodImpl,
  type MethodImplSpec,
  type ServiceImpl,
} from "@connectrpc/connect";
import { methodPath } from "../wire/request-line.ts";

/** Where services are registered. Connect's `ConnectRouter` fits this type, so one function can serve both. */
export interface GrpcRouter {
  /** Registers a service. Methods that the implementation leaves out answer `unimplemented`. */
  service<T extends DescService>(service: T, implementation: Partial<ServiceImpl<T>>): unknown;
  /** Registers one method. */
  rpc<M extends DescMethod>(method: M, implementation: MethodImpl<M>): unknown;
}

/** Registers all services of a server. */
export type GrpcRoutes = (router: GrpcRouter) => void;

/** One method that can be called, by its path. */
export type Route = MethodImplSpec & { readonly path: string };

/** Runs the registration and returns the routes by path (`/package.Service/Method`). */
export function collectRoutes(register: GrpcRoutes): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  const add = (spec: MethodImplSpec): void => {
    const path = methodPath(spec.method);
    routes.set(path, Object.assign(spec, { path }));
  };
  const router: GrpcRouter = {
    service(service, implementation) {
      Object.values(createServiceImplSpec(service, implementation).methods).forEach(add);
      return router;
    },
    rpc(method, implementation) {
      add(createMethodImplSpec(method, implementation));
      return router;
    },
  };
  register(router);
  return routes;
}

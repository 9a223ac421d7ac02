// The public surface of `@x/core/testing`: time, networks and leaks for tests of the suite and of its users.

export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export type { Fault, FlowDirection } from "./fault-flow.ts";
export { type FaultProxy, type FaultProxyOptions, startFaultProxy } from "./fault-proxy.ts";
export { freePort } from "./free-port.ts";
export { alice, bob, carol, fixedIdentity, mallory } from "./identities.ts";
export { type LeakOptions, type LeakTracker, trackLeaks } from "./leaks.ts";
export { importsOf, type ModuleImports } from "./module-imports.ts";
export {
  runServerProcess,
  type ServerProcess,
  type ServerProcessOptions,
  startServerProcess,
} from "./server-process.ts";
export { settingsDocProblems } from "./settings-docs.ts";
export { type Moment, VirtualStore, type VirtualStoreOptions } from "./virtual-store.ts";
export { type WaitOptions, waitUntil } from "./wait-until.ts";

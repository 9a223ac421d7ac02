// What an operator may choose about a daemon: options, flags, bounds, defaults and help text in one table.
import {
  onlyForPrograms,
  type Settings,
  sharedToken,
  type TlsServerOptions,
  tls,
  toggle,
  whole,
} from "@x/core/service";
import { defaultRules } from "./rules/machine.ts";

/** Settings of a daemon, beside those that every local server has. */
export interface AgentKeeperSettings {
  /**
   * Serve TLS: PEM of the certificate and its key; with `ca`, clients must show a certificate that it has signed.
   * Clear text by default.
   */
  readonly tls: TlsServerOptions | undefined;
  /**
   * A shared token that every call must carry as `authorization: Bearer ...`, save health checks: 8 or more visible ASCII
   * characters. None by default.
   */
  readonly token: string | undefined;
  /** Refuse a second live agent of the same name. @default false */
  readonly uniqueNames: boolean;
  /** Records of dead agents that are kept. 0..10000000 @default 10_000 */
  readonly deadRetention: number;
  /** Records of completed and dead tasks that are kept. 0..10000000 @default 10_000 */
  readonly finishedRetention: number;
  /** Events that are kept for watches that start in the past. 0..100000000 @default 100_000 */
  readonly eventRetention: number;
  /** Watch streams that may be open at once. 1..1000000 @default 10_000 */
  readonly maxWatchers: number;
  /** Events that may wait for one slow watcher before its stream is ended. 1..10000000 @default 10_000 */
  readonly watcherQueue: number;
  /** Bytes that may wait for one slow watcher before its stream is ended. 1024..1073741824 @default 8_388_608 */
  readonly watcherQueueBytes: number;
  /** Serve `agentkeeper.ext.v1` beside `agentkeeper.v1`. Without it, a daemon as upstream describes it. @default true */
  readonly ext: boolean;
}

export const settings: Settings<AgentKeeperSettings> = {
  tls,
  token: sharedToken("ask every call for the token in this file", "none"),
  uniqueNames: toggle("refuse a second live agent of the same name"),
  deadRetention: whole("records of dead agents that are kept", {
    fallback: defaultRules.deadRetention,
    min: 0,
    max: 10_000_000,
  }),
  finishedRetention: whole("records of completed and dead tasks that are kept", {
    fallback: defaultRules.finishedRetention,
    min: 0,
    max: 10_000_000,
  }),
  eventRetention: whole("events that are kept for replay", { fallback: 100_000, min: 0, max: 100_000_000 }),
  maxWatchers: whole("watch streams that may be open at once", { fallback: 10_000, min: 1, max: 1_000_000 }),
  watcherQueue: whole("events that may wait for one slow watcher", {
    fallback: 10_000,
    min: 1,
    max: 10_000_000,
  }),
  watcherQueueBytes: whole("bytes that may wait for one slow watcher", {
    fallback: 8 * 1_024 * 1_024,
    min: 1_024,
    max: 1_073_741_824,
  }),
  ext: { ...onlyForPrograms(toggle("")), fallback: true },
};

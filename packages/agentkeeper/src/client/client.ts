// The client: the methods of the product page, and one place that closes all they started.
import { type Clock, clientRules, type Hooks, must, type OptionRules, type Subscription } from "@x/core/base";
import type {
  AgentDetail,
  AgentInfo,
  CheckResult,
  ClaimedTask,
  ElectionDetail,
  ElectionState,
  FenceCheck,
  LeaseDetail,
  Policy,
  PolicyDecision,
  ScoredAgent,
  ServerInfo,
  Task,
  TaskDetail,
  WatchEvent,
} from "../types.ts";
import { type AgentHandle, keepAlive } from "./agent-handle.ts";
import {
  type FindOptions,
  type FindScoredOptions,
  find,
  findScored,
  getAgent,
  type ListAgentsOptions,
  listAgents,
  type RegisterOptions,
  register,
} from "./agents.ts";
import type { CallOptions } from "./call-options.ts";
import { check } from "./checks.ts";
import { type Connection, type DaemonAddress, openConnection } from "./connection.ts";
import { campaign, getElection, type ListElectionsOptions, listElections, resign } from "./elections.ts";
import type { EmbeddedDaemon, EmbeddedDaemonOptions } from "./embedded.ts";
import { holdLease, type LeaseHandle } from "./lease-handle.ts";
import {
  type AcquireLeaseOptions,
  acquireLease,
  getLease,
  type ListLeasesOptions,
  listLeases,
  validateFence,
} from "./leases.ts";
import {
  checkPolicies,
  checkPolicy,
  deletePolicy,
  getPolicy,
  type ListPoliciesOptions,
  listPolicies,
  type PolicyCheck,
  setPolicy,
} from "./policies.ts";
import { getServerInfo } from "./server-info.ts";
import {
  type CancelTaskOptions,
  type ClaimTaskOptions,
  type CompleteTaskOptions,
  type CreateTaskOptions,
  cancelTask,
  claimTask,
  completeTask,
  createTask,
  type FailTaskOptions,
  failTask,
  getTask,
  type ListTaskDetailsOptions,
  type ListTasksOptions,
  listTaskDetails,
  listTasks,
  type TryClaimTaskOptions,
  tryClaimTask,
} from "./tasks.ts";
import type { TlsOptions } from "./tls-options.ts";
import { type WatchOptions, watch } from "./watch.ts";
import { type WatchElectionOptions, watchElection } from "./watch-election.ts";

/** Settings of a client. */
export interface AgentKeeperClientOptions {
  /** @default "localhost" */
  readonly host?: string;
  /** @default 7070 */
  readonly port?: number;
  /** Deadline of each call in milliseconds, save blocked claims and watches, which have none. @default 10_000 */
  readonly timeoutMs?: number;
  /** Attempts after the first one, where a repeat is safe. @default 2 */
  readonly maxRetries?: number;
  /** Speak TLS. Plain HTTP/2 by default. */
  readonly tls?: TlsOptions;
  /** The shared token of a daemon that asks for one. */
  readonly token?: string;
  /** Told about calls, attempts and retries. */
  readonly hooks?: Hooks;
  /** The client's time, for tests. */
  readonly clock?: Clock;
}

/** Settings of an embedded daemon and its client. */
export type EmbeddedOptions = EmbeddedDaemonOptions &
  Omit<AgentKeeperClientOptions, "host" | "port" | "tls" | "token">;

const rules: OptionRules<AgentKeeperClientOptions> = {
  ...clientRules,
  // The connection knows what a host is.
  host: must.beText,
  port: { ...must.beWhole(1, 65_535), expected: "a port from 1 to 65535" },
  tls: must.follow<TlsOptions>({
    ca: { ...must.beTextOrBytes, secret: true },
    cert: { ...must.beTextOrBytes, secret: true },
    key: { ...must.beTextOrBytes, secret: true },
    serverName: must.beText,
  }),
  token: { ...must.beFullText, secret: true },
};

/** Whatever has a life of its own and ends with the client. */
interface Owned {
  stop(reason: unknown): void;
}

/** A client of an AgentKeeper daemon. Connects when it is first used; an idle client keeps no process alive. */
export class AgentKeeperClient implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #owned = new Set<Owned>();
  readonly #daemon: EmbeddedDaemon | undefined;
  readonly #address: DaemonAddress;
  #closing: Promise<void> | undefined;

  /** @throws InvalidArgumentError `invalid_option` */
  constructor(options: AgentKeeperClientOptions = {}, daemon?: EmbeddedDaemon) {
    check("new client", options, rules);
    const { host = "localhost", port = 7070, timeoutMs = 10_000, maxRetries = 2 } = options;
    const { tls, token, hooks, clock } = options;
    this.#address = { host, port, tls, token, proxy: daemon === undefined ? "environment" : "none" };
    this.#connection = openConnection({ ...this.#address, timeoutMs, maxRetries, hooks, clock });
    this.#daemon = daemon;
  }

  /**
   * Starts a daemon for this client, which stops with it. Without another executable at hand it is our own.
   *
   * @throws InvalidArgumentError `invalid_option`
   * @throws UnavailableError `daemon_not_found`, `daemon_exited`, `daemon_not_ready`, `port_taken`
   */
  static async embedded(options: EmbeddedOptions = {}): Promise<AgentKeeperClient> {
    const { daemonRules, startEmbeddedDaemon } = await import("./embedded.ts");
    check<EmbeddedOptions>("embedded", options, { ...clientRules, ...daemonRules });
    const { binary, port, dataDir, ...clientOptions } = options;
    const daemon = await startEmbeddedDaemon({ binary, port, dataDir });
    return new AgentKeeperClient({ ...clientOptions, host: daemon.host, port: daemon.port }, daemon);
  }

  /** URL of the embedded daemon's dashboard; `undefined` without an embedded daemon, or if it does not say. */
  get dashboardUrl(): string | undefined {
    return this.#daemon?.dashboardUrl;
  }

  /** The embedded daemon: its address and process id; `undefined` without one. */
  get daemon(): Pick<EmbeddedDaemon, "host" | "port" | "pid"> | undefined {
    return this.#daemon;
  }

  /**
   * Registers an agent and keeps it alive with heartbeats in the background. Never repeated by itself.
   *
   * @throws InvalidArgumentError `field_empty`, `field_too_long`, `ttl_out_of_range`
   * @throws FailedPreconditionError `thread_not_found`, only with `heartbeatsFrom: "worker"` in a bundle
   * @throws ConflictError `name_taken`, only from a daemon with `--unique-names`
   * @see rpc RegistryService.Register, Heartbeat
   */
  async register(options: RegisterOptions): Promise<AgentHandle> {
    if (options?.heartbeatsFrom === "worker") {
      const { heartbeatThreadFile } = await import("./heartbeat-thread.ts");
      heartbeatThreadFile();
    }
    const registration = await register(this.#connection, options);
    const forget = (handle: Owned): boolean => this.#owned.delete(handle);
    if (options.heartbeatsFrom === "worker") {
      const { keepAliveFromWorker } = await import("./heartbeat-thread.ts");
      return this.#own(keepAliveFromWorker(this.#connection, registration, this.#address, forget));
    }
    return this.#own(keepAlive(this.#connection, registration, forget));
  }

  /**
   * An agent in any status; the newest dead ones are known too.
   *
   * @throws NotFoundError `agent_not_found`
   * @see rpc RegistryService.GetAgent
   */
  getAgent(agentId: string, options?: CallOptions): Promise<AgentInfo> {
    return getAgent(this.#connection, agentId, options);
  }

  /**
   * Live agents, the best match first.
   *
   * @throws InvalidArgumentError `limit_out_of_range`
   * @see rpc RegistryService.Find
   */
  find(options?: FindOptions): Promise<AgentInfo[]> {
    return find(this.#connection, options);
  }

  /**
   * Like {@link find}, with scores, states and metadata to choose by. Needs our own daemon.
   *
   * @throws UnimplementedError `ext_unavailable`
   * @see rpc RegistryExtService.FindScored
   */
  findScored(options?: FindScoredOptions): Promise<ScoredAgent[]> {
    return findScored(this.#connection, options);
  }

  /**
   * All known agents in the order of their registration, fetched in pages. Needs our own daemon.
   *
   * @throws UnimplementedError `ext_unavailable`
   * @see rpc RegistryExtService.ListAgents
   */
  listAgents(options?: ListAgentsOptions): AsyncIterable<AgentDetail> {
    return listAgents(this.#connection, options);
  }

  /**
   * Takes a key for an agent; `null` when another agent holds it. The holder itself gets its lease again, under the
   * same token and with a fresh time.
   *
   * @throws InvalidArgumentError `field_empty`, `field_too_long`, `ttl_out_of_range`
   * @throws NotFoundError `agent_not_found`, `agent_dead`
   * @see rpc LeaseService.AcquireLease
   */
  async acquireLease(
    taskId: string,
    agentId: string,
    options?: AcquireLeaseOptions,
  ): Promise<LeaseHandle | null> {
    const grant = await acquireLease(this.#connection, taskId, agentId, options);
    if (grant === null) {
      return null;
    }
    return this.#own(holdLease(this.#connection, grant, (handle) => this.#owned.delete(handle)));
  }

  /**
   * The lease that is held on a key. Needs our own daemon.
   *
   * @throws NotFoundError `lease_not_held`
   * @throws UnimplementedError `ext_unavailable`
   * @see rpc LeaseExtService.GetLease
   */
  getLease(taskId: string, options?: CallOptions): Promise<LeaseDetail> {
    return getLease(this.#connection, taskId, options);
  }

  /**
   * Leases in the order of their grants, fetched in pages. Needs our own daemon.
   *
   * @throws UnimplementedError `ext_unavailable`
   * @see rpc LeaseExtService.ListLeases
   */
  listLeases(options?: ListLeasesOptions): AsyncIterable<LeaseDetail> {
    return listLeases(this.#connection, options);
  }

  /**
   * Whether a token is the highest that was granted for a key. Needs our own daemon, which knows the keys that were
   * granted last (100,000 of them).
   *
   * @throws UnimplementedError `ext_unavailable`
   * @see rpc LeaseExtService.ValidateFence
   */
  validateFence(taskId: string, token: bigint, options?: CallOptions): Promise<FenceCheck> {
    return validateFence(this.#connection, taskId, token, options);
  }

  /**
   * Enters an election and answers who leads. A candidate never displaces the leader; repeating it changes nothing.
   *
   * @throws NotFoundError `agent_not_found`, `agent_dead`
   * @see rpc ElectionService.Campaign
   */
  campaign(group: string, agentId: string, options?: CallOptions): Promise<ElectionState> {
    return campaign(this.#connection, group, agentId, options);
  }

  /**
   * Leaves an election; a leader hands over to the candidate that has waited longest.
   *
   * @throws NotFoundError `agent_not_found`, `agent_dead`
   * @see rpc ElectionService.Resign
   */
  resign(group: string, agentId: string, options?: CallOptions): Promise<void> {
    return resign(this.#connection, group, agentId, options);
  }

  /**
   * Who leads and who stands by, without entering the election. Needs our own daemon.
   *
   * @throws NotFoundError `election_not_found`
   * @throws UnimplementedError `ext_unavailable`
   * @see rpc ElectionExtService.GetElection
   */
  getElection(group: string, options?: CallOptions): Promise<ElectionDetail> {
    return getElection(this.#connection, group, options);
  }

  /**
   * All groups, fetched in pages. Needs our own daemon.
   *
   * @throws UnimplementedError `ext_unavailable`
   * @see rpc ElectionExtService.ListElections
   */
  listElections(options?: ListElectionsOptions): AsyncIterable<ElectionDetail> {
    return listElections(this.#connection, options);
  }

  /**
   * Creates a policy, or replaces the one with its id. It holds from the next check on.
   *
   * @throws InvalidArgumentError `field_empty`, `field_too_long`, `effect_unspecified`
   * @see rpc EntitlementsService.SetPolicy
   */
  setPolicy(policy: Policy, options?: CallOptions): Promise<Policy> {
    return setPolicy(this.#connection, policy, options);
  }

  /**
   * @throws NotFoundError `policy_not_found`
   * @see rpc EntitlementsService.DeletePolicy
   */
  deletePolicy(id: string, options?: CallOptions): Promise<void> {
    return deletePolicy(this.#connection, id, options);
  }

  /**
   * Policies by id.
   *
   * @throws ResourceExhaustedError `result_too_large`
   * @see rpc EntitlementsService.ListPolicies
   */
  listPolicies(options?: ListPoliciesOptions): Promise<Policy[]> {
    return listPolicies(this.#connection, options);
  }

  /**
   * Whether something is allowed: any matching DENY wins, then any ALLOW, else it is not. The daemon itself refuses
   * nothing because of a policy; who acts on the answer is the caller.
   *
   * @throws InvalidArgumentError `field_empty`
   * @see rpc EntitlementsService.CheckPolicy
   */
  checkPolicy(check: PolicyCheck, options?: CallOptions): Promise<CheckResult> {
    return checkPolicy(this.#connection, check, options);
  }

  /**
   * One policy. Needs our own daemon.
   *
   * @throws NotFoundError `policy_not_found`
   * @throws UnimplementedError `ext_unavailable`
   * @see rpc PolicyExtService.GetPolicy
   */
  getPolicy(id: string, options?: CallOptions): Promise<Policy> {
    return getPolicy(this.#connection, id, options);
  }

  /**
   * Up to 1,000 checks against one state, each with the policies that decided it. Needs our own daemon.
   *
   * @throws InvalidArgumentError `limit_out_of_range`, `field_empty`
   * @throws UnimplementedError `ext_unavailable`
   * @see rpc PolicyExtService.BatchCheckPolicy
   */
  checkPolicies(checks: readonly PolicyCheck[], options?: CallOptions): Promise<PolicyDecision[]> {
    return checkPolicies(this.#connection, checks, options);
  }

  /**
   * Queues a task. Our own daemon is given an idempotency key, so that the call may be repeated; another daemon is called
   * once, because a repeat could make a second task.
   *
   * @throws InvalidArgumentError `field_empty`, `field_too_long`, `ttl_out_of_range`, `retries_out_of_range`
   * @see rpc TaskService.CreateTask
   */
  createTask(options: CreateTaskOptions): Promise<Task> {
    return createTask(this.#connection, options);
  }

  /**
   * The next task that the agent can run; waits for one, without a deadline unless `timeoutMs` sets one. A claim is a
   * lease on the task's id: `acquireLease(task.id, agentId)` gives a handle to renew it.
   *
   * @throws NotFoundError `agent_not_found`, `agent_dead`
   * @throws DeadlineExceededError, CancelledError
   * @see rpc TaskService.ClaimTask
   */
  claimTask(agentId: string, options?: ClaimTaskOptions): Promise<ClaimedTask> {
    return claimTask(this.#connection, agentId, options);
  }

  /**
   * The next task that the agent can run, if there is one within `waitTimeoutMs`, with the token of its claim; else
   * `null`. Needs our own daemon.
   *
   * @throws UnimplementedError `ext_unavailable`
   * @see rpc TaskExtService.ClaimTask
   */
  tryClaimTask(agentId: string, options?: TryClaimTaskOptions): Promise<TaskDetail | null> {
    return tryClaimTask(this.#connection, agentId, options);
  }

  /**
   * Ends a task that is pending or claimed; it is dead then. Needs our own daemon.
   *
   * @throws FailedPreconditionError `task_not_claimed` for a finished one
   * @throws UnimplementedError `ext_unavailable`
   * @see rpc TaskExtService.CancelTask
   */
  cancelTask(taskId: string, options?: CancelTaskOptions): Promise<TaskDetail> {
    return cancelTask(this.#connection, taskId, options);
  }

  /**
   * Ends a claimed task with its output. Repeating it with the same output is no error.
   *
   * @throws PermissionDeniedError `task_not_yours`
   * @throws FailedPreconditionError `task_not_claimed`
   * @see rpc TaskService.CompleteTask
   */
  completeTask(taskId: string, agentId: string, options?: CompleteTaskOptions): Promise<void> {
    return completeTask(this.#connection, taskId, agentId, options);
  }

  /**
   * Gives a claimed task up: it is tried again while it has retries left, else it is dead. Never repeated by itself.
   *
   * @throws PermissionDeniedError `task_not_yours`
   * @throws FailedPreconditionError `task_not_claimed`
   * @see rpc TaskService.FailTask
   */
  failTask(taskId: string, agentId: string, options?: FailTaskOptions): Promise<void> {
    return failTask(this.#connection, taskId, agentId, options);
  }

  /**
   * @throws NotFoundError `task_not_found`
   * @see rpc TaskService.GetTask
   */
  getTask(taskId: string, options?: CallOptions): Promise<Task> {
    return getTask(this.#connection, taskId, options);
  }

  /**
   * Tasks in the order of their creation.
   *
   * @throws ResourceExhaustedError `result_too_large`
   * @see rpc TaskService.ListTasks
   */
  listTasks(options?: ListTasksOptions): Promise<Task[]> {
    return listTasks(this.#connection, options);
  }

  /**
   * Tasks in the order of their creation, fetched in pages. Needs our own daemon.
   *
   * @throws UnimplementedError `ext_unavailable`
   * @see rpc TaskExtService.ListTasks
   */
  listTaskDetails(options?: ListTaskDetailsOptions): AsyncIterable<TaskDetail> {
    return listTaskDetails(this.#connection, options);
  }

  /**
   * What the daemon is, and where its event log stands. Needs our own daemon.
   *
   * @throws UnimplementedError `ext_unavailable`
   * @see rpc ServerService.GetServerInfo
   */
  getServerInfo(options?: CallOptions): Promise<ServerInfo> {
    return getServerInfo(this.#connection, options);
  }

  /**
   * Events whose topic begins with one of the prefixes, each once; an empty list is all of them. Iterate the
   * subscription, or pass a callback. `ready` resolves when the daemon has it in force. After a lost connection it goes
   * on behind the last event, if the daemon is ours and still has what follows.
   *
   * @throws (ends with) ResumeGapError `resume_gap` where events may be missing, unless `onResync` is given
   * @throws (ends with) ResourceExhaustedError `watcher_too_slow`
   * @see rpc EventService.Watch, else RegistryService.Watch
   */
  watch(
    topics: readonly string[],
    onEvent?: (event: WatchEvent) => void | Promise<void>,
    options?: WatchOptions,
  ): Subscription<WatchEvent, bigint> {
    return this.#ownStream(watch(this.#connection, topics, onEvent, options));
  }

  /**
   * Changes of leadership of one group. Our daemon shows the latest change first, also after a reconnect, so that
   * nobody waits for a change that has already been.
   *
   * @see rpc ElectionService.WatchElection
   */
  watchElection(
    group: string,
    onChange?: (state: ElectionState) => void | Promise<void>,
    options?: WatchElectionOptions,
  ): Subscription<ElectionState, string> {
    return this.#ownStream(watchElection(this.#connection, group, onChange, options));
  }

  /**
   * Resolves when nothing that calls had taken before their callers gave up (by `signal` or a deadline) is on its way back
   * any more: claims, leases, registrations, candidacies. They are given back by themselves; wait for it to see it done.
   */
  settled(): Promise<void> {
    return this.#connection.giveBacks.settled();
  }

  /**
   * Ends heartbeats, watches and calls, closes the connection, and stops an embedded daemon. Agents that were not
   * deregistered die by silence, leases that were not released by their time. Idempotent.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const reason = new DOMException("the client was closed", "AbortError");
    for (const owned of [...this.#owned]) {
      owned.stop(reason);
    }
    this.#owned.clear();
    await this.#connection.close();
    await this.#daemon?.stop();
  }

  #own<Handle extends Owned>(handle: Handle): Handle {
    this.#owned.add(handle);
    return handle;
  }

  #ownStream<Item, Cursor>(subscription: Subscription<Item, Cursor>): Subscription<Item, Cursor> {
    const owned: Owned = { stop: () => subscription.cancel() };
    this.#owned.add(owned);
    subscription.ended.then(() => this.#owned.delete(owned));
    return subscription;
  }
}

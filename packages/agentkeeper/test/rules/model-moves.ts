// The reference model: what may happen to agents, leases, elections and tasks, as lists that are searched from the front.
// Written from the wire document, not from the machine, so that the two can be held against each other.

export interface ModelAgent {
  readonly id: string;
  readonly tools: readonly string[];
  readonly timeMs: number;
  status: "alive" | "unreachable" | "dead";
  due: number;
  armed: number;
}

export interface ModelLease {
  readonly key: string;
  readonly holder: string;
  readonly token: number;
  timeMs: number;
  lockMs: number;
  due: number;
  armed: number;
  /** The call in line that got it, while that call may still be withdrawn. */
  grantedThrough: number | undefined;
}

/** A key that only its last holder may take yet. */
export interface ModelLock {
  readonly lockedKey: string;
  readonly holder: string;
  readonly token: number;
  readonly lockMs: number;
  due: number;
  armed: number;
}

/** A call that waits for a key, or for a task. */
export interface ModelWaiter {
  readonly ticket: number;
  readonly agent: ModelAgent;
  /** The key; undefined for a task. */
  readonly wants: { readonly key: string; readonly timeMs: number; readonly lockMs: number } | undefined;
  due: number;
  armed: number;
}

export interface ModelTask {
  readonly id: string;
  readonly tools: readonly string[];
  readonly timeMs: number;
  readonly maxRetries: number;
  status: "pending" | "claimed" | "completed" | "dead";
  by: string;
  retries: number;
  reason: string;
  output: string;
  place: number;
  claimedThrough: number | undefined;
}

export interface ModelGroup {
  readonly name: string;
  leader: string;
  term: number;
  waiting: string[];
}

export interface ModelState {
  mono: number;
  agents: ModelAgent[];
  leases: ModelLease[];
  groups: ModelGroup[];
  tasks: ModelTask[];
  locks: ModelLock[];
  /** Blocked calls, longest waiting first. */
  waiters: ModelWaiter[];
  /** Keys in the order in which they came free, since the last matching. */
  freedKeys: string[];
}

export interface ModelMoves {
  readonly model: ModelState;
  readonly lines: { mono: number; line: string }[];
  readonly answers: Map<number, string>;
  tell(line: string): void;
  arm(what: { due: number; armed: number }, due: number): void;
  leaseOf(key: string): ModelLease | undefined;
  taskOf(id: string): ModelTask | undefined;
  tellTask(topic: string, task: ModelTask): void;
  taskLine(task: ModelTask): string;
  grant(key: string, holder: string, timeMs: number, lockMs?: number): ModelLease;
  renew(lease: ModelLease, timeMs: number, lockMs?: number): void;
  /** A lease that ends `badly` leaves its lock delay behind. */
  endLease(lease: ModelLease, topic: "released" | "expired", badly?: "badly"): void;
  /** What keeps an agent from a key that it does not hold. */
  obstacle(key: string, agentId: string): { readonly holder: string; readonly token: number } | undefined;
  createTask(task: Pick<ModelTask, "id" | "tools" | "timeMs" | "maxRetries">): ModelTask;
  requeue(task: ModelTask, place: number): void;
  toTheBack(task: ModelTask, reason: string): void;
  /** The lease on a key is gone: if it was a claim, the task waits again. */
  loseClaim(key: string, reason: string): void;
  /** Who has waited longest leads. */
  succeed(group: ModelGroup): void;
  die(agent: ModelAgent): void;
  /** Gives keys that came free to their lines, and then tasks to the longest waiting agents that can run them. */
  match(): void;
  nextDue(): { readonly due: number } | undefined;
  /** Decides all that time has brought by now. */
  judge(): void;
}

export function createMoves(startMono: number, firstToken: number): ModelMoves {
  const model: ModelState = {
    mono: startMono,
    agents: [],
    leases: [],
    groups: [],
    tasks: [],
    locks: [],
    waiters: [],
    freedKeys: [],
  };
  const lines: { mono: number; line: string }[] = [];
  const answers = new Map<number, string>();
  let token = firstToken - 1;
  let armings = 0;
  let lastPlace = 0;

  const tell = (line: string): void => {
    lines.push({ mono: model.mono, line });
  };
  const arm = (what: { due: number; armed: number }, due: number): void => {
    armings += 1;
    what.due = due;
    what.armed = armings;
  };
  const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const leaseOf = (key: string) => model.leases.find((lease) => lease.key === key);
  const taskOf = (id: string) => model.tasks.find((task) => task.id === id);
  const tellLease = (topic: string, lease: ModelLease): void =>
    tell(`lease.${topic} ${lease.key} ${lease.holder} ${lease.token}`);
  const tellTask = (topic: string, task: ModelTask): void =>
    tell(`task.${topic} ${task.id} [${task.by}] ${task.retries}`);
  const taskLine = (task: ModelTask): string =>
    `task ${task.id} ${task.status} [${task.by}] ${task.retries} ${task.reason}`;

  const grant = (key: string, holder: string, timeMs: number, lockMs = 0): ModelLease => {
    token += 1;
    const lease = { key, holder, token, timeMs, lockMs, due: 0, armed: 0, grantedThrough: undefined };
    arm(lease, model.mono + timeMs);
    model.leases.push(lease);
    model.locks = model.locks.filter(({ lockedKey }) => lockedKey !== key);
    tellLease("acquired", lease);
    return lease;
  };
  const renew = (lease: ModelLease, timeMs: number, lockMs = 0): void => {
    lease.timeMs = timeMs;
    lease.lockMs = lockMs || lease.lockMs;
    lease.grantedThrough = undefined;
    arm(lease, model.mono + timeMs);
    tellLease("renewed", lease);
  };
  const keyIsFree = (key: string): void => {
    if (!model.freedKeys.includes(key)) {
      model.freedKeys.push(key);
    }
  };
  const endLease = (lease: ModelLease, topic: "released" | "expired", badly?: "badly"): void => {
    model.leases = model.leases.filter((other) => other !== lease);
    keyIsFree(lease.key);
    if (badly !== undefined && lease.lockMs > 0) {
      const { key, holder, token, lockMs } = lease;
      const lock = { lockedKey: key, holder, token, lockMs, due: 0, armed: 0 };
      arm(lock, model.mono + lockMs);
      model.locks.push(lock);
    }
    tellLease(topic, lease);
  };
  const obstacle = (key: string, agentId: string): ModelLease | ModelLock | undefined =>
    leaseOf(key) ?? model.locks.find((lock) => lock.lockedKey === key && lock.holder !== agentId);

  const requeue = (task: ModelTask, place: number): void => {
    task.status = "pending";
    task.by = "";
    task.claimedThrough = undefined;
    task.place = place;
    tellTask("requeued", task);
  };
  const toTheBack = (task: ModelTask, reason: string): void => {
    task.reason = reason;
    lastPlace += 1;
    requeue(task, lastPlace);
  };
  const loseClaim = (key: string, reason: string): void => {
    const task = taskOf(key);
    if (task?.status === "claimed") {
      toTheBack(task, reason);
    }
  };

  const succeed = (group: ModelGroup): void => {
    group.leader = group.waiting.shift() ?? "";
    group.term += 1;
    tell(`leader.changed ${group.name} [${group.leader}] ${group.term}`);
  };

  const die = (agent: ModelAgent): void => {
    agent.status = "dead";
    tell(`agent.died ${agent.id}`);
    const held = model.leases.filter((lease) => lease.holder === agent.id);
    for (const lease of held.sort((a, b) => byBytes(a.key, b.key))) {
      endLease(lease, "released", "badly");
      loseClaim(lease.key, "agent died");
    }
    for (const group of model.groups) {
      group.waiting = group.waiting.filter((id) => id !== agent.id);
    }
    for (const group of [...model.groups].sort((a, b) => byBytes(a.name, b.name))) {
      if (group.leader === agent.id) {
        succeed(group);
      }
    }
    const refused = model.waiters.filter((waiter) => waiter.agent === agent);
    for (const { ticket } of [
      ...refused.filter(({ wants }) => wants === undefined),
      ...refused.filter(({ wants }) => wants !== undefined),
    ]) {
      answers.set(ticket, "AGENT_DEAD");
    }
    model.waiters = model.waiters.filter((waiter) => waiter.agent !== agent);
  };

  const dismiss = (waiter: ModelWaiter, answer: string): void => {
    model.waiters = model.waiters.filter((other) => other !== waiter);
    answers.set(waiter.ticket, answer);
  };

  const matchKeys = (): void => {
    for (const key of model.freedKeys) {
      matchKey(key);
    }
  };

  const matchKey = (key: string): void => {
    if (model.freedKeys.includes(key)) {
      model.freedKeys = model.freedKeys.filter((other) => other !== key);
      const line = model.waiters.filter(({ wants }) => wants?.key === key);
      const first = line.find(({ agent }) => obstacle(key, agent.id) === undefined);
      if (first?.wants !== undefined) {
        const { timeMs, lockMs } = first.wants;
        const lease = grant(key, first.agent.id, timeMs, lockMs);
        const told = `holds ${lease.holder} ${lease.token}`;
        lease.grantedThrough = first.ticket;
        dismiss(first, told);
        for (const again of line.filter((other) => other !== first && other.agent === first.agent)) {
          renew(lease, again.wants?.timeMs ?? 0, again.wants?.lockMs);
          dismiss(again, told);
        }
      }
    }
  };

  const matchTasks = (): void => {
    const queue = model.tasks.filter(({ status }) => status === "pending").sort((a, b) => a.place - b.place);
    for (const task of queue) {
      const lease = leaseOf(task.id);
      const waiter = model.waiters.find(
        ({ agent, wants }) =>
          wants === undefined &&
          agent.status === "alive" &&
          task.tools.every((tool) => agent.tools.includes(tool)) &&
          (lease === undefined ? obstacle(task.id, agent.id) === undefined : lease.holder === agent.id),
      );
      if (waiter !== undefined) {
        if (lease === undefined) {
          grant(task.id, waiter.agent.id, task.timeMs);
        } else {
          renew(lease, task.timeMs);
        }
        task.status = "claimed";
        task.by = waiter.agent.id;
        task.claimedThrough = waiter.ticket;
        tellTask("claimed", task);
        dismiss(waiter, taskLine(task));
      }
    }
  };

  const match = (): void => {
    matchKeys();
    matchTasks();
  };

  const nextDue = (): ModelAgent | ModelLease | ModelLock | ModelWaiter | undefined =>
    [
      ...model.agents.filter(({ status }) => status !== "dead"),
      ...model.leases,
      ...model.locks,
      ...model.waiters,
    ]
      .sort((a, b) => a.due - b.due || a.armed - b.armed)
      .at(0);

  /** The caller's patience is over. */
  const giveUp = (waiter: ModelWaiter): void => {
    const { wants, agent } = waiter;
    if (wants !== undefined) {
      matchKey(wants.key);
    }
    if (!model.waiters.includes(waiter)) {
      return;
    }
    const inTheWay = wants && obstacle(wants.key, agent.id);
    dismiss(waiter, inTheWay === undefined ? "no task" : `held by ${inTheWay.holder} ${inTheWay.token}`);
  };

  const judge = (): void => {
    for (let next = nextDue(); next !== undefined && next.due <= model.mono; next = nextDue()) {
      if ("ticket" in next) {
        giveUp(next);
      } else if ("lockedKey" in next) {
        const { lockedKey } = next;
        model.locks = model.locks.filter((lock) => lock.lockedKey !== lockedKey);
        keyIsFree(lockedKey);
      } else if ("key" in next) {
        endLease(next, "expired", "badly");
        loseClaim(next.key, "claim expired");
      } else if (next.status === "alive") {
        next.status = "unreachable";
        arm(next, next.due + next.timeMs);
        tell(`agent.unreachable ${next.id}`);
      } else {
        die(next);
      }
    }
    match();
  };

  const createTask = (task: Pick<ModelTask, "id" | "tools" | "timeMs" | "maxRetries">): ModelTask => {
    lastPlace += 1;
    const created: ModelTask = {
      ...task,
      status: "pending",
      by: "",
      retries: 0,
      reason: "",
      output: "",
      place: lastPlace,
      claimedThrough: undefined,
    };
    model.tasks.push(created);
    tellTask("created", created);
    return created;
  };

  return {
    model,
    lines,
    answers,
    tell,
    arm,
    leaseOf,
    taskOf,
    tellTask,
    taskLine,
    grant,
    renew,
    endLease,
    obstacle,
    requeue,
    toTheBack,
    loseClaim,
    succeed,
    die,
    match,
    nextDue,
    judge,
    createTask,
  };
}

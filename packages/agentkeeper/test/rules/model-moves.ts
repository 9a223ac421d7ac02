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
  /** Blocked claims, longest waiting first. */
  waiters: { readonly ticket: number; readonly agent: ModelAgent }[];
}

export function createMoves(startMono: number, firstToken: number) {
  const model: ModelState = { mono: startMono, agents: [], leases: [], groups: [], tasks: [], waiters: [] };
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

  const grant = (key: string, holder: string, timeMs: number): ModelLease => {
    token += 1;
    const lease = { key, holder, token, timeMs, due: 0, armed: 0 };
    arm(lease, model.mono + timeMs);
    model.leases.push(lease);
    tellLease("acquired", lease);
    return lease;
  };
  const renew = (lease: ModelLease, timeMs: number): void => {
    lease.timeMs = timeMs;
    arm(lease, model.mono + timeMs);
    tellLease("renewed", lease);
  };
  const endLease = (lease: ModelLease, topic: "released" | "expired"): void => {
    model.leases = model.leases.filter((other) => other !== lease);
    tellLease(topic, lease);
  };

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
      endLease(lease, "released");
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
    for (const { ticket } of model.waiters.filter((waiter) => waiter.agent === agent)) {
      answers.set(ticket, "AGENT_DEAD");
    }
    model.waiters = model.waiters.filter((waiter) => waiter.agent !== agent);
  };

  /** Gives each task, in the order of the queue, to the longest waiting agent that can run it. */
  const match = (): void => {
    const queue = model.tasks.filter(({ status }) => status === "pending").sort((a, b) => a.place - b.place);
    for (const task of queue) {
      const lease = leaseOf(task.id);
      const waiter = model.waiters.find(
        ({ agent }) =>
          agent.status === "alive" &&
          task.tools.every((tool) => agent.tools.includes(tool)) &&
          (lease === undefined || lease.holder === agent.id),
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
        model.waiters = model.waiters.filter((other) => other !== waiter);
        answers.set(waiter.ticket, taskLine(task));
      }
    }
  };

  const nextDue = (): ModelAgent | ModelLease | undefined =>
    [...model.agents.filter(({ status }) => status !== "dead"), ...model.leases]
      .sort((a, b) => a.due - b.due || a.armed - b.armed)
      .at(0);

  const judge = (): void => {
    for (let next = nextDue(); next !== undefined && next.due <= model.mono; next = nextDue()) {
      if ("key" in next) {
        endLease(next, "expired");
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

// The tasks that wait for a claimer, in the order in which they (re-)entered the queue, and quick to search by tools.

/** What the queue needs to know of a task. */
export interface Queued {
  readonly id: string;
  readonly requiredTools: readonly string[];
  /** Position in the queue: lower comes first. Changes only while the task is not in the queue. */
  readonly place: number;
}

/** Tasks in PENDING. */
export interface PendingQueue<Task extends Queued> {
  readonly size: number;
  add(task: Task): void;
  remove(task: Task): void;
  /** The first task that an agent with these tools can run and that `mayTake` allows. */
  firstFor(tools: ReadonlySet<string>, mayTake: (task: Task) => boolean): Task | undefined;
}

/** Tasks that ask for the same tools, by place. */
interface Lane<Task> {
  readonly tools: readonly string[];
  tasks: Task[];
}

export function createPendingQueue<Task extends Queued>(): PendingQueue<Task> {
  // One lane for each set of required tools: a claimer looks at the head of a few lanes, not at every task.
  const lanes = new Map<string, Lane<Task>>();
  let size = 0;

  const keyOf = (task: Task): string => JSON.stringify([...new Set(task.requiredTools)].sort());

  /** Where `place` stands, or would stand, in a lane. */
  const indexIn = (tasks: readonly Task[], place: number): number => {
    let low = 0;
    let high = tasks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tasks[middle]?.place ?? Number.POSITIVE_INFINITY) < place) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  };

  return {
    get size() {
      return size;
    },
    add(task: Task): void {
      const key = keyOf(task);
      const lane = lanes.get(key) ?? { tools: [...new Set(task.requiredTools)], tasks: [] };
      lanes.set(key, lane);
      lane.tasks.splice(indexIn(lane.tasks, task.place), 0, task);
      size += 1;
    },
    remove(task: Task): void {
      const key = keyOf(task);
      const lane = lanes.get(key);
      const index = lane === undefined ? -1 : indexIn(lane.tasks, task.place);
      if (lane?.tasks[index] !== task) {
        return;
      }
      lane.tasks.splice(index, 1);
      size -= 1;
      if (lane.tasks.length === 0) {
        lanes.delete(key);
      }
    },
    firstFor(tools: ReadonlySet<string>, mayTake: (task: Task) => boolean): Task | undefined {
      let first: Task | undefined;
      for (const lane of lanes.values()) {
        if (lane.tools.every((tool) => tools.has(tool))) {
          const candidate = lane.tasks.find(mayTake);
          if (candidate !== undefined && (first === undefined || candidate.place < first.place)) {
            first = candidate;
          }
        }
      }
      return first;
    },
  };
}

// Calls that come while another is under way go together, in their order; one that is alone goes alone and at once.

/** How calls are made, and how many go together. */
export interface BatcherOptions<Item, Answer> {
  one(item: Item): Promise<Answer>;
  /** Answers one for each, in their order. */
  many(items: readonly Item[]): Promise<readonly Answer[]>;
  /** Whether an item may go with those before it. */
  fits(items: readonly Item[], next: Item): boolean;
}

interface Waiting<Item, Answer> extends PromiseWithResolvers<Answer> {
  readonly item: Item;
}

export function createBatcher<Item, Answer>(
  options: BatcherOptions<Item, Answer>,
): (item: Item) => Promise<Answer> {
  const queue: Waiting<Item, Answer>[] = [];
  let isRunning = false;

  const takeBatch = (): readonly Waiting<Item, Answer>[] => {
    const items: Item[] = [];
    for (const { item } of queue) {
      if (items.length > 0 && !options.fits(items, item)) {
        break;
      }
      items.push(item);
    }
    return queue.splice(0, items.length);
  };

  const send = async (batch: readonly Waiting<Item, Answer>[]): Promise<void> => {
    const [first] = batch;
    if (first === undefined) {
      return;
    }
    try {
      const answers =
        batch.length === 1
          ? [await options.one(first.item)]
          : await options.many(batch.map(({ item }) => item));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const answer = answers[index];
        if (answer === undefined) {
          reject(new Error("the server answered fewer events than it got"));
        } else {
          resolve(answer);
        }
      }
    } catch (error) {
      for (const { reject } of batch) {
        reject(error);
      }
    }
  };

  const run = async (): Promise<void> => {
    isRunning = true;
    while (queue.length > 0) {
      await send(takeBatch());
    }
    isRunning = false;
  };

  return (item) => {
    const waiting = { item, ...Promise.withResolvers<Answer>() };
    queue.push(waiting);
    if (!isRunning) {
      void run();
    }
    return waiting.promise;
  };
}

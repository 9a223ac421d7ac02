// What happens without being asked for, as a service tells it.

/** Begins to tell what happens; the answer ends it. */
export type News = (tell: (data: Readonly<Record<string, unknown>>) => void) => () => void;

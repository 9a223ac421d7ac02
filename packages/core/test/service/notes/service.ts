// The board as a local server.
import {
  createMemoryFeed,
  type LocalOptions,
  type LocalServer,
  type LocalService,
  type Settings,
  section,
  startEngine,
  startHttpServer,
  startLocal,
  whole,
} from "../../../src/service/index.ts";
import { createNotes, type NotesEvent, type NotesRecord, type NotesRules, type NotesTypes } from "./rules.ts";
import { notesRoutes, problem } from "./surface.ts";

const settings: Settings<NotesRules> = {
  lifeSeconds: whole("life of a note in seconds", { fallback: 60, min: 1, max: 86_400 }),
  maxNotes: whole("notes on the board", { fallback: 100, min: 1, max: 10_000 }),
};

export const notes: LocalService<NotesRules, NotesRecord, object> = {
  name: "x-notes",
  title: "Notes",
  version: "0.0.0",
  summary: "a board of signed notes",
  metricsPrefix: "notes",
  listens: "HTTP",
  port: 7999,
  operator: { name: "metrics", what: "/healthz and /metrics", port: 9099 },
  settings,
  store: { product: "notes", memoryRecords: 1_000 },

  async open({ values, kernel }) {
    const feed = createMemoryFeed<NotesEvent>({
      placeOf: ({ place }) => place,
      retain: 1_000,
      clock: kernel.clock,
    });
    const started = await startEngine<NotesTypes>({
      ...kernel,
      machine: createNotes(values),
      genesis: () => ({ type: "opened" }),
      feed,
      restored: feed.append,
    });
    const engine = Object.assign(started, { feed });
    return {
      engine,
      listeners: [
        {
          name: "http",
          what: "HTTP",
          listen: (address) => startHttpServer({ address, routes: notesRoutes(engine), problem }),
        },
      ],
      pages: [{ path: "/", title: "Notes", render: () => [section("notes", "Notes")] }],
      readings: { "/notes.json": () => engine.peek(({ notes }) => [...notes.values()]) },
      offer: {},
    };
  },
};

export function startNotes(
  options: LocalOptions<NotesRecord> & Partial<NotesRules> = {},
): Promise<LocalServer> {
  return startLocal(notes, options);
}

// The rules of a board of notes: who posts, what is read, and when a note is gone.
import {
  createDeadlineHeap,
  type Deadline,
  type DeadlineHeap,
  type Machine,
  type Now,
  type Turn,
} from "../../../src/service/index.ts";

export interface Note {
  readonly seq: number;
  readonly author: string;
  readonly text: string;
  readonly goneAtMs: number;
}

export interface NotesTypes {
  readonly State: State;
  readonly Command:
    | { readonly type: "post"; readonly author: string; readonly key: string; readonly text: string }
    | { readonly type: "remove"; readonly author: string; readonly seq: number }
    | { readonly type: "list"; readonly after: number; readonly limit: number };
  readonly Replies: {
    post: { readonly note: Note; readonly again: boolean };
    remove: { readonly seq: number };
    list: { readonly notes: readonly Note[]; readonly next: number | null };
  };
  readonly Refusal: { readonly refused: "not_found" | "not_yours" | "board_full"; readonly detail: string };
  readonly Record: NotesRecord;
  readonly Event: NotesEvent;
}

export type NotesRecord =
  | { readonly type: "opened" }
  | { readonly type: "paused" | "corrected"; readonly byMs: number }
  | { readonly type: "posted"; readonly note: Note; readonly key: string }
  | { readonly type: "gone"; readonly seq: number; readonly event: number };

export interface NotesEvent {
  readonly place: number;
  readonly type: "posted" | "gone";
  readonly seq: number;
}

export interface State {
  readonly notes: Map<number, Note>;
  readonly keys: Map<string, number>;
  readonly due: Map<number, Deadline<number>>;
  readonly deadlines: DeadlineHeap<number>;
  posted: number;
  events: number;
  pausedMs: number;
}

type NotesTurn = Turn<NotesTypes>;

export interface NotesRules {
  readonly lifeSeconds: number;
  readonly maxNotes: number;
}

function disarm(state: State, seq: number): void {
  const deadline = state.due.get(seq);
  if (deadline !== undefined) {
    state.deadlines.remove(deadline);
    state.due.delete(seq);
  }
}

const gone = (state: State, seq: number): NotesRecord => ({ type: "gone", seq, event: state.events + 1 });

export function createNotes({ lifeSeconds, maxNotes }: NotesRules): Machine<NotesTypes> {
  const arm = (state: State, { seq, goneAtMs }: Note, { mono, wall }: Now): void => {
    state.due.set(seq, state.deadlines.add(mono - state.pausedMs + Math.max(0, goneAtMs - wall), seq));
  };
  return {
    create: () => ({
      notes: new Map(),
      keys: new Map(),
      due: new Map(),
      deadlines: createDeadlineHeap(),
      posted: 0,
      events: 0,
      pausedMs: 0,
    }),

    commands: {
      post(state, { author, key, text }, turn) {
        const before = state.notes.get(state.keys.get(`${author} ${key}`) ?? 0);
        if (before !== undefined) {
          return { note: before, again: true };
        }
        if (state.notes.size >= maxNotes) {
          return { refused: "board_full", detail: `the board holds ${maxNotes} notes` };
        }
        const goneAtMs = turn.now.wall + lifeSeconds * 1_000;
        const note = { seq: state.posted + 1, author, text, goneAtMs };
        turn.emit({ type: "posted", note, key: `${author} ${key}` });
        return { note, again: false };
      },
      remove(state, { author, seq }, turn) {
        const note = state.notes.get(seq);
        if (note === undefined) {
          return { refused: "not_found", detail: `there is no note ${seq}` };
        }
        if (note.author !== author) {
          return { refused: "not_yours", detail: `note ${seq} is another author's` };
        }
        turn.emit(gone(state, seq));
        return { seq };
      },
      list(state, { after, limit }) {
        const notes: Note[] = [];
        for (let seq = after + 1; seq <= state.posted && notes.length < limit; seq += 1) {
          const note = state.notes.get(seq);
          if (note !== undefined) {
            notes.push(note);
          }
        }
        const last = notes.at(-1)?.seq ?? state.posted;
        return { notes, next: last < state.posted ? last : null };
      },
    },

    expire(state: State, turn: NotesTurn) {
      for (
        let next = state.deadlines.peek();
        next !== undefined && next.at + state.pausedMs <= turn.now.mono;
        next = state.deadlines.peek()
      ) {
        turn.emit(gone(state, next.value));
      }
    },
    cancel: () => undefined,
    nextDeadline: (state) => (state.deadlines.peek()?.at ?? Number.POSITIVE_INFINITY) + state.pausedMs,
    pause: (byMs) => ({ type: "paused", byMs }),
    corrected: (byMs) => ({ type: "corrected", byMs }),
    restarted: () => ({ type: "opened" }),

    apply(state, record, now) {
      switch (record.type) {
        case "posted":
          state.posted = record.note.seq;
          state.events += 1;
          state.notes.set(record.note.seq, record.note);
          state.keys.set(record.key, record.note.seq);
          arm(state, record.note, now);
          return { place: state.events, type: "posted", seq: record.note.seq };
        case "gone":
          state.events = record.event;
          state.notes.delete(record.seq);
          disarm(state, record.seq);
          return { place: record.event, type: "gone", seq: record.seq };
        case "paused":
          state.pausedMs += record.byMs;
          return undefined;
        case "opened":
        case "corrected":
          return undefined;
        default:
          return record satisfies never;
      }
    },
  };
}

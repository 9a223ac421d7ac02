// People who are signed in to the page: by the token of the workspace, under a name of their own; until the server stops.

import { randomBytes } from "node:crypto";
import { keepNewest } from "@x/core/base";

/** Who looks. */
export interface Person {
  /** Such as `human:ann`. */
  readonly address: string;
  /** Of the token that let them in. */
  readonly tokenHash: string;
}

export interface Sessions {
  open(person: Person): string;
  find(id: string | undefined): Person | undefined;
  end(id: string | undefined): void;
}

/** So many people may be signed in; who came first goes first. */
const mostSessions = 1_000;

export function createSessions(): Sessions {
  const people = new Map<string, Person>();
  return {
    open(person) {
      const id = randomBytes(24).toString("base64url");
      keepNewest(people, id, person, mostSessions);
      return id;
    },
    find: (id) => people.get(id ?? ""),
    end(id) {
      people.delete(id ?? "");
    },
  };
}

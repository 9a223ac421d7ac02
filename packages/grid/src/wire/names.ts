// From our names of members to the wire's and back: writing is exact, reading takes whatever case the other end has.

import type { Field, GridWireProfile, RestField, RpcField } from "./profile.ts";

/** An object of the wire, not yet looked at. */
export type Body = Readonly<Record<string, unknown>>;

/** The names of one profile. */
export interface Names {
  /** Members of nodes, search and status under the wire's names; `undefined` ones are left out. */
  rest(members: { readonly [Name in RestField]?: unknown }): Record<string, unknown>;
  /** The same for tasks, messages, rooms, schedules and events. */
  rpc(members: { readonly [Name in RpcField]?: unknown }): Record<string, unknown>;
  /** A member under any of the names that it may have; `undefined` if there is none. */
  pick(body: Body, name: Field): unknown;
  /** The name under which an object has a member; ours if it has none. */
  given(body: Body, name: Field): string;
  /** All members of an object, the known ones under our names. */
  ours(body: Body): Record<string, unknown>;
}

const made: WeakMap<GridWireProfile, Names> = new WeakMap();

export function namesOf(profile: GridWireProfile): Names {
  const known = made.get(profile);
  if (known !== undefined) {
    return known;
  }
  const { rest, rpc } = profile.fields;
  const restNames: Readonly<Record<string, string>> = profile.switches.restCase === "snake" ? rest : {};
  const readings: Map<string, readonly string[]> = new Map();
  for (const name of new Set([...Object.keys(rest), ...Object.keys(rpc)])) {
    const wire = [(rest as Record<string, string>)[name], (rpc as Record<string, string>)[name]];
    const all = [...wire, name, snake(name)].filter((each) => each !== undefined);
    readings.set(name, [...new Set(all)]);
  }
  const own = new Map([...readings].flatMap(([name, all]) => all.map((each) => [each, name])));
  const nameIn = (body: Body, name: Field): string | undefined =>
    readings.get(name)?.find((each) => Object.hasOwn(body, each));
  const names: Names = {
    rest: (members) => renamed(members, restNames),
    rpc: (members) => renamed(members, rpc),
    pick(body, name): unknown {
      const found = nameIn(body, name);
      return found === undefined ? undefined : body[found];
    },
    given: (body, name) => nameIn(body, name) ?? name,
    ours: (body) =>
      Object.fromEntries(Object.entries(body).map(([name, value]) => [own.get(name) ?? name, value])),
  };
  made.set(profile, names);
  return names;
}

/** Defined, not assigned: a stranger's member may have the name of something that every object has. */
function renamed(
  members: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [Object.hasOwn(names, name) ? (names[name] ?? name) : name, value]),
  );
}

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);

// Listeners by name, with types.

import { messageOf, reportProblem } from "@x/core";

/** Calls what a caller gave us. What it throws becomes a process warning, and goes no further. */
export function safely(what: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    reportProblem(messageOf(error), `${what} threw`);
  }
}

type Arguments = readonly unknown[];

export interface Emitter<Events extends Record<keyof Events, Arguments>> {
  /** Answers what takes the listener away again. */
  on<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => void): () => void;
  off<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => void): void;
  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void;
}

export function createEmitter<Events extends Record<keyof Events, Arguments>>(): Emitter<Events> {
  const listeners: { [Name in keyof Events]?: ((...args: Events[Name]) => void)[] } = {};
  const off: Emitter<Events>["off"] = (name, listener) => {
    listeners[name] = listeners[name]?.filter((other) => other !== listener) ?? [];
  };
  return {
    on(name, listener) {
      listeners[name] = [...(listeners[name] ?? []), listener];
      return () => off(name, listener);
    },
    off,
    emit(name, ...args) {
      for (const listener of listeners[name] ?? []) {
        safely(`a listener of ${String(name)}`, () => listener(...args));
      }
    },
  };
}

// Which elections agents have entered through this client, so that a campaign that was given up undoes no earlier one.

interface Candidacy {
  /** Calls that have not ended. */
  underWay: number;
  /** The agent was told that it is a candidate, and has not resigned since. */
  stands: boolean;
}

export interface Candidacies {
  /** A campaign begins. */
  begin(group: string, agentId: string): void;
  /** It has been answered. */
  answered(group: string, agentId: string): void;
  /** It has failed; answers whether the agent is left with no campaign that it knows of. */
  failed(group: string, agentId: string): boolean;
  /** A campaign that failed is being taken back: the next one waits until that has ended, or it would be taken back too. */
  leave<Answer>(group: string, agentId: string, resignation: Promise<Answer>): Promise<Answer>;
  /** Resolves when nothing is being taken back. */
  left(group: string, agentId: string): Promise<void>;
  /** The agent is a candidate no more, of any group if none is named. */
  over(agentId: string, group?: string): void;
}

export function createCandidacies(): Candidacies {
  const agents = new Map<string, Map<string, Candidacy>>();
  const leaving = new Map<string, Promise<void>>();
  const keyOf = (group: string, agentId: string): string => JSON.stringify([agentId, group]);
  const of = (group: string, agentId: string): Candidacy => {
    const groups = agents.get(agentId) ?? new Map<string, Candidacy>();
    const candidacy = groups.get(group) ?? { underWay: 0, stands: false };
    agents.set(agentId, groups.set(group, candidacy));
    return candidacy;
  };
  const over = (agentId: string, group?: string): void => {
    const groups = agents.get(agentId);
    if (group !== undefined) {
      groups?.delete(group);
    }
    if (group === undefined || groups?.size === 0) {
      agents.delete(agentId);
    }
  };
  return {
    begin(group, agentId) {
      of(group, agentId).underWay += 1;
    },
    answered(group, agentId) {
      const candidacy = of(group, agentId);
      candidacy.underWay = Math.max(0, candidacy.underWay - 1);
      candidacy.stands = true;
    },
    failed(group, agentId) {
      const candidacy = of(group, agentId);
      candidacy.underWay = Math.max(0, candidacy.underWay - 1);
      const isOver = !candidacy.stands && candidacy.underWay === 0;
      if (isOver) {
        over(agentId, group);
      }
      return isOver;
    },
    leave(group, agentId, resignation) {
      const key = keyOf(group, agentId);
      const over = resignation.then(
        () => undefined,
        () => undefined,
      );
      leaving.set(key, over);
      over.then(() => leaving.get(key) === over && leaving.delete(key));
      return resignation;
    },
    async left(group, agentId) {
      await leaving.get(keyOf(group, agentId));
    },
    over,
  };
}

// Whether an agent would take a task, judged by what its skills say and by how much it has to do.
import type { Agent } from "../../rules/model/entities.ts";

/** What is asked for. */
export interface Wanted {
  readonly summary: string;
  readonly inputModes: readonly string[];
  readonly outputModes: readonly string[];
  /** Below it the agent declines. */
  readonly minScore: number;
}

/** How much an agent has to do. */
export interface Load {
  readonly running: number;
  readonly queued: number;
  readonly most: number;
}

const weights = { skill_match: 0.6, io_compatibility: 0.2, load: 0.2 } as const;

const wordsOf = (text: string): Set<string> =>
  new Set((text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => word.length > 2));

export function negotiate(agent: Agent, wanted: Wanted, load: Load): object {
  const subscores = {
    skill_match: skillMatch(agent, wanted.summary),
    io_compatibility: Math.min(
      share(wanted.inputModes, modesOf(agent, "inputModes")),
      share(wanted.outputModes, modesOf(agent, "outputModes")),
    ),
    load: Math.max(0, 1 - (load.running + load.queued) / load.most),
  };
  const score = rounded(
    Object.entries(weights).reduce(
      (sum, [name, weight]) => sum + weight * subscores[name as keyof typeof weights],
      0,
    ),
  );
  const reason =
    subscores.io_compatibility === 0
      ? "io_mismatch"
      : score < wanted.minScore
        ? "score_below_threshold"
        : undefined;
  return {
    accepted: reason === undefined,
    score,
    confidence: rounded(agent.skills.length === 0 ? 0.3 : 0.5 + subscores.skill_match / 2),
    ...(reason === undefined ? {} : { rejection_reason: reason }),
    queue_depth: load.queued,
    subscores: Object.fromEntries(Object.entries(subscores).map(([name, value]) => [name, rounded(value)])),
  };
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

/** How much of what is asked for a skill, or the agent itself, speaks of. */
function skillMatch({ config, skills }: Agent, summary: string): number {
  const asked = wordsOf(summary);
  if (asked.size === 0) {
    return 0;
  }
  const texts = [
    `${config.name} ${config.description}`,
    ...skills.map(({ name, description, tags }) => [name, description, ...tags].join(" ")),
  ];
  const known = texts.map((text) => {
    const words = wordsOf(text);
    return [...asked].filter((word) => words.has(word)).length;
  });
  return Math.max(...known) / asked.size;
}

const modesOf = ({ skills }: Agent, modes: "inputModes" | "outputModes"): ReadonlySet<string> =>
  new Set(["text/plain", "application/json", ...skills.flatMap((skill) => skill[modes])]);

const share = (wanted: readonly string[], offered: ReadonlySet<string>): number =>
  wanted.length === 0 ? 1 : wanted.filter((mode) => offered.has(mode)).length / wanted.length;

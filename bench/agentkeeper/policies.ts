// What one policy check takes inside the daemon, among 10,000 policies of different shapes.

import {
  createPolicyIndex,
  type IndexedPolicy,
} from "../../packages/agentkeeper/src/local/rules/policies/policy-index.ts";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";

type Fields = readonly [subject: string, action: string, resource: string];

interface Shape {
  readonly label: string;
  readonly policy: (index: number) => Fields;
  readonly value: (index: number) => Fields;
}

const policies = 10_000;
const checks = 20_000;
const warmUps = 2_000;
const value = (index: number): Fields => [
  `agent:team-${index % 100}:worker-${index}`,
  "tool:call",
  `task:project-${index}:invoice`,
];

const shapes: readonly Shape[] = [
  { label: "exact", policy: value, value },
  {
    label: "`agent:team-7:*`: a beginning",
    policy: (index) => [`agent:team-${index % 100}:*`, "tool:*", `task:project-${index}:*`],
    value,
  },
  {
    label: "`*:worker-7`: an end",
    policy: (index) => [`*:worker-${index}`, "*", "*:invoice"],
    value,
  },
  {
    label: "`agent:*:worker-7`: both ends",
    policy: (index) => [`agent:*:worker-${index}`, "tool:call", "task:*:invoice"],
    value,
  },
  {
    label: "`*:worker-7*`: a middle, in the subject",
    policy: (index) => [`*:worker-${index}*`, "tool:call", "*"],
    value,
  },
  {
    label: "`*project-7:*`: a middle, in the resource",
    policy: (index) => ["*", "tool:call", `*project-${index}:*`],
    value,
  },
  {
    label: "`agent:*:worker-7*`: a common beginning and a middle",
    policy: (index) => [`agent:*:worker-${index}*`, "tool:call", "*"],
    value,
  },
];

const mixed: Shape = {
  label: "all of these in turn",
  policy: (index) => shapes[index % shapes.length]?.policy(index) ?? value(index),
  value,
};

export function measurePolicies(): void {
  for (const shape of [...shapes, mixed]) {
    const index = createPolicyIndex();
    for (let number = 0; number < policies; number += 1) {
      const [subject, action, resource] = shape.policy(number);
      const effect = number % 10 === 0 ? "deny" : "allow";
      index.add({ id: `policy-${number}`, subject, action, resource, effect } satisfies IndexedPolicy);
    }
    // Half of the values have a policy of their own, half are beyond the last one.
    const values = Array.from({ length: checks }, (_, number) =>
      shape.value((number * 7_919) % (2 * policies)),
    );
    for (const [subject, action, resource] of values.slice(0, warmUps)) {
      index.check(subject, action, resource);
    }
    const times = new Float64Array(checks);
    const cpuBefore = process.cpuUsage();
    for (const [number, [subject, action, resource]] of values.entries()) {
      const begin = performance.now();
      index.check(subject, action, resource);
      times[number] = (performance.now() - begin) * 1_000;
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    // Processor time, so that others on the machine do not count.
    const mean = (user + system) / checks;
    row(
      `check among ${count(policies)} policies, ${shape.label}`,
      `${count(mean)} us, p99 ${count(quantile([...times], 0.99))} us`,
      { value: mean, target: { atMost: 50, unit: " us" } },
    );
  }
}

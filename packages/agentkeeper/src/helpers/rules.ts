// What helpers need of the client and the agent that they are given, by shape: either may be of another copy of the package.
import { must, type OptionRule } from "@x/core/base";

export const clientRule: OptionRule = {
  ...must.haveMethods("an AgentKeeperClient", "claimTask", "campaign", "settled"),
  required: true,
};

export const agentRule: OptionRule = {
  expected: "the handle that register answered",
  isOne: (value) =>
    must.haveMethods("", "deregister", "aliveUntilMono").isOne(value) &&
    must.beText.isOne(Object(value).agentId) &&
    must.beSignal.isOne(Object(value).signal),
  required: true,
};

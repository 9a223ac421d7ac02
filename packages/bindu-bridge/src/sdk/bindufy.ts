// A handler becomes an agent: served over gRPC, registered with a core, kept there, and taken off again.

import { check } from "../client/check-options.ts";
import { ConfigError } from "../errors.ts";
import { type AgentConfig, checkConfig } from "./config.ts";
import type { Handler } from "./handler.ts";
import { type BindufyOptions, optionRules, withDefaults } from "./options.ts";
import { isGenerator } from "./pieces.ts";
import { type RunningAgent, startAgent } from "./running-agent.ts";
import { loadSkills } from "./skills.ts";

/**
 * Makes an agent of a handler. Resolves when the core knows it and its URL answers with its DID.
 *
 * @throws ConfigError before anything is started, CoreUnavailableError, RegistrationError; the reason of the signal
 */
export async function bindufy(
  config: AgentConfig,
  handler: Handler,
  options: BindufyOptions = {},
): Promise<RunningAgent> {
  check(options, optionRules, "bindufy");
  if (typeof handler !== "function") {
    throw new ConfigError("bindufy: the handler must be a function.", { field: "handler" });
  }
  const streaming = options.streaming ?? isGenerator(handler);
  const checked = checkConfig(config, streaming);
  const { coreAddress, callbackPort } = config;
  const merged = {
    ...options,
    coreAddress: options.coreAddress ?? coreAddress,
    callbackPort: options.callbackPort ?? callbackPort,
  };
  check(merged, optionRules, "bindufy");
  const settings = withDefaults(merged);
  const skills = await loadSkills(config.skills ?? []);

  const { logger, signal } = options;
  return await startAgent({
    checked,
    settings,
    handler,
    streaming,
    skills,
    logger,
    signal,
  });
}

// The Slack function, joined: the gate, Bolt, the table, kicks; no target and no way to write access.

import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { createSlackApp } from "../slack/app.ts";
import type { SlackPorts } from "../slack/clicks.ts";
import { createDirectory } from "../slack/directory.ts";
import { notingLimits } from "../slack/noting-limits.ts";
import { createGate } from "../slack/receive.ts";
import { fetchWithNewestToken } from "../slack/token-fetch.ts";
import { createWebClient } from "../slack/web-client.ts";
import { composeBase } from "./base.ts";
import { handlerOf } from "./invocation.ts";
import { botTokens, createSecretsReader } from "./secrets.ts";

/** Somebody waits for what Slack says of people, and Slack for us: no longer than this, or it counts as unknown. */
const READ_WITHIN_MS = 1_000;

export function composeSlack() {
  const base = composeBase("slack", { createLog, createMetrics });
  const { config, policy, clock, hand, metrics } = base;
  const { apiUrl } = config.slack;
  const secrets = createSecretsReader(config, base);
  const { botToken, newestToken } = botTokens(secrets);
  const fetch = notingLimits(fetchWithNewestToken(newestToken), metrics);
  const reader = async () => createWebClient(await botToken(), apiUrl, READ_WITHIN_MS, fetch);
  const ports: SlackPorts = {
    ...base,
    directory: createDirectory(reader, clock.now, { team: policy.slack.team }),
    say: (word) => hand("announce", { say: word }),
    showHome: (user) => hand("announce", { homes: [user] }),
  };
  const gate = createGate({
    ...base,
    team: policy.slack.team,
    app: policy.slack.app,
    signingSecrets: async (anew) => (await secrets[anew ?? "kept"]()).signingSecrets,
    handle: createSlackApp({ ports, apiUrl, botToken, fetch }),
  });
  return handlerOf(metrics, gate);
}

// The Slack function, joined: the gate, Bolt, the table, kicks; no target and no way to write access.

import { createSlackApp } from "../slack/app.ts";
import type { SlackPorts } from "../slack/clicks.ts";
import { createDirectory } from "../slack/directory.ts";
import { createGate, type SlackHandler } from "../slack/receive.ts";
import { createWebClient } from "../slack/web-client.ts";
import { composeBase } from "./base.ts";
import { createSecretsReader } from "./secrets.ts";

/** Somebody waits for what Slack says of people, and Slack for us: no longer than this, or it counts as unknown. */
const READ_WITHIN_MS = 1_000;

export function composeSlack(): SlackHandler {
  const base = composeBase("slack");
  const { config, policy, clock, hand } = base;
  const { apiUrl } = config.slack;
  const secrets = createSecretsReader(config, clock.now);
  const botToken = async () => (await secrets()).botToken;
  const reader = async () => createWebClient(await botToken(), apiUrl, READ_WITHIN_MS);
  const ports: SlackPorts = {
    ...base,
    directory: createDirectory(reader, clock.now, { team: policy.slack.team }),
    say: (word) => hand("announce", { say: word }),
    showHome: (user) => hand("announce", { homes: [user] }),
  };
  return createGate({
    ...base,
    team: policy.slack.team,
    signingSecrets: async () => (await secrets()).signingSecrets,
    handle: createSlackApp({ ports, apiUrl, botToken }),
  });
}

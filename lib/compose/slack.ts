// The Slack function, joined: the gate, Bolt, the table, kicks; no target and no way to write access.

import { createSlackApp } from "../slack/app.ts";
import { createDirectory } from "../slack/directory.ts";
import { createGate, type SlackHandler } from "../slack/receive.ts";
import { createWebClient } from "../slack/web-client.ts";
import { composeBase } from "./base.ts";
import { createSecretsReader } from "./secrets.ts";

export function composeSlack(): SlackHandler {
  const base = composeBase("slack");
  const { apiUrl } = base.config.slack;
  const secrets = createSecretsReader(base.config, base.clock.now);
  const botToken = async () => (await secrets()).botToken;
  const directory = createDirectory(
    async () => createWebClient(await botToken(), apiUrl),
    base.clock.now,
  );
  return createGate({
    ...base,
    team: base.policy.slack.team,
    signingSecrets: async () => (await secrets()).signingSecrets,
    handle: createSlackApp({ ports: { ...base, directory }, apiUrl, botToken }),
  });
}

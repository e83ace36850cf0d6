// The function that tells Slack, joined: the table and Slack's Web API.

import { announce } from "../broker/announce.ts";
import { tellFindings } from "../broker/tell-findings.ts";
import { createMessenger } from "../slack/messenger.ts";
import { createWebClient } from "../slack/web-client.ts";
import { type InvocationContext, kickedGrants, runOf } from "./base.ts";
import { reportIn } from "./report-event.ts";
import { createSecretsReader } from "./secrets.ts";
import { composeWorker } from "./worker.ts";

/** How long one message may take: nobody waits for an answer here. */
const TIMEOUT_MS = 8_000;

export function composeAnnounce() {
  const base = composeWorker("announce");
  const secrets = createSecretsReader(base.config, base.clock.now);
  const client = async () =>
    createWebClient((await secrets()).botToken, base.config.slack.apiUrl, TIMEOUT_MS);
  const messenger = createMessenger(client, base.policy.slack.admins);
  const ports = { ...base, messenger };
  return async (event: unknown, context: InvocationContext) => {
    const report = reportIn(event);
    if (report !== undefined) await tellFindings(ports, report);
    else await announce(ports, runOf(base, context), kickedGrants(event));
  };
}

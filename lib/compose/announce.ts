// The function that tells Slack, joined: the table and Slack's Web API.

import { announce } from "../broker/announce.ts";
import { tellFindings } from "../broker/tell-findings.ts";
import { createDirectory } from "../slack/directory.ts";
import { createMessenger } from "../slack/messenger.ts";
import { createWebClient } from "../slack/web-client.ts";
import { deliver, wordIn } from "../slack/whisper.ts";
import { subjectsIn } from "./announce-event.ts";
import { type InvocationContext, runOf } from "./base.ts";
import { reportIn } from "./report-event.ts";
import { createSecretsReader } from "./secrets.ts";
import { composeWorker } from "./worker.ts";

/** How long one message may take: nobody waits for an answer here. */
const TIMEOUT_MS = 8_000;
/** Whom a change concerns may be known a little late; who may decide is asked anew at the click. */
const MEMBERS_GOOD_FOR_MS = 60_000;

export function composeAnnounce() {
  const base = composeWorker("announce");
  const { clock, config, log, policy } = base;
  const secrets = createSecretsReader(config, clock.now);
  const client = async () =>
    createWebClient((await secrets()).botToken, config.slack.apiUrl, TIMEOUT_MS);
  const messenger = createMessenger(client, policy.slack.admins, clock);
  const directory = createDirectory(client, clock.now, {
    team: policy.slack.team,
    membersForMs: MEMBERS_GOOD_FOR_MS,
  });
  const ports = { ...base, messenger, directory };
  return async (event: unknown, context: InvocationContext) => {
    const word = wordIn(event);
    if (word !== undefined) return deliver({ client, log }, word);
    const report = reportIn(event);
    if (report !== undefined) return tellFindings(ports, report);
    return announce(ports, runOf(base, context), subjectsIn(event));
  };
}

// The function that tells Slack, joined: the table and Slack's Web API.

import { announce } from "../broker/announce.ts";
import { putBack } from "../broker/forgotten.ts";
import { tellFindings } from "../broker/tell-findings.ts";
import { createDirectory } from "../slack/directory.ts";
import { createMessenger } from "../slack/messenger.ts";
import { notingLimits } from "../slack/noting-limits.ts";
import { fetchWithNewestToken } from "../slack/token-fetch.ts";
import { createWebClient } from "../slack/web-client.ts";
import { deliver, wordIn } from "../slack/whisper.ts";
import { forgottenIn, subjectsIn } from "./announce-event.ts";
import { runOf } from "./base.ts";
import { handlerOf } from "./invocation.ts";
import { reportIn } from "./report-event.ts";
import { botTokens, createSecretsReader } from "./secrets.ts";
import { composeWorker } from "./worker.ts";

/** How long one message may take: nobody waits for an answer here. */
const TIMEOUT_MS = 8_000;
/** Whom a change concerns may be known a little late; who may decide is asked anew at the click. */
const MEMBERS_GOOD_FOR_MS = 60_000;

export function composeAnnounce() {
  const base = composeWorker("announce");
  const { clock, config, log, metrics, policy } = base;
  const { botToken, newestToken } = botTokens(createSecretsReader(config, base));
  const fetch = notingLimits(fetchWithNewestToken(newestToken), metrics);
  const client = async () =>
    createWebClient(await botToken(), config.slack.apiUrl, TIMEOUT_MS, fetch);
  const messenger = createMessenger(client, policy.slack.admins, clock);
  const directory = createDirectory(client, clock.now, {
    team: policy.slack.team,
    membersForMs: MEMBERS_GOOD_FOR_MS,
  });
  const ports = { ...base, messenger, directory };
  return handlerOf(metrics, async (event, context) => {
    const word = wordIn(event);
    if (word !== undefined) return deliver({ client, log }, word);
    const report = reportIn(event);
    if (report !== undefined) return tellFindings(ports, report);
    const forgotten = forgottenIn(event);
    await putBack(base, forgotten);
    const kicked = forgotten.length > 0 ? forgotten.map((grant) => ({ grant })) : subjectsIn(event);
    return announce(ports, runOf(base, context), kicked);
  });
}

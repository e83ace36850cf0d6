// Brings a grant's card and direct messages up to its state; what Slack refuses is told again later.

import type { WebClient } from "@slack/web-api";
import type { Messenger } from "../broker/ports.ts";
import type { Grant } from "../grant/grant.ts";
import type { SlackUserId } from "../grant/ids.ts";
import type { Shown } from "../store/store.ts";
import { card } from "./views/card.ts";
import { directMessages } from "./views/direct-messages.ts";
import { slackProblem } from "./web-client.ts";

/** Answers of chat.update after which the message will never be edited again. */
const LOST_MESSAGE = new Set([
  "message_not_found",
  "cant_update_message",
  "edit_window_closed",
  "is_inactive",
]);

export function createMessenger(
  client: () => Promise<WebClient>,
  admins: readonly SlackUserId[],
): Messenger {
  return {
    async show(grant, version, before) {
      let shown = before;
      let problem: ReturnType<typeof slackProblem> | undefined;
      const attempt = async (step: () => Promise<Shown>) => {
        try {
          shown = await step();
        } catch (error) {
          problem ??= slackProblem(error);
        }
      };
      // Each on its own: a channel that is gone must not keep a person from being told.
      await attempt(async () => showCard(await client(), grant, shown));
      for (const { key, to, message } of directMessages(grant, admins)) {
        if (shown.messages[key] === undefined) {
          await attempt(async () => post(await client(), shown, key, to, message));
        }
      }
      if (problem === undefined) return { shown: { ...shown, version } };
      const { code, ...wait } = problem;
      return { shown, problem: code, ...wait };
    },
  };
}

async function showCard(client: WebClient, grant: Grant, shown: Shown): Promise<Shown> {
  const message = card(grant);
  const posted = shown.messages["card"];
  if (posted === undefined) return post(client, shown, "card", grant.channel, message);
  try {
    await client.chat.update({ channel: posted.channel, ts: posted.ts, ...message });
    return shown;
  } catch (error) {
    if (!LOST_MESSAGE.has(slackProblem(error).code)) throw error;
    return post(client, shown, "card", grant.channel, message);
  }
}

async function post(
  client: WebClient,
  shown: Shown,
  key: string,
  channel: string,
  message: ReturnType<typeof card>,
): Promise<Shown> {
  const answer = await client.chat.postMessage({
    channel,
    ...message,
    unfurl_links: false,
    unfurl_media: false,
  });
  if (answer.channel === undefined || answer.ts === undefined) {
    throw new Error("Slack did not say where it put the message");
  }
  // Edits and buttons in a direct message need the `D…` id that Slack answers, not the person's.
  const place = { channel: answer.channel, ts: answer.ts };
  return { ...shown, messages: { ...shown.messages, [key]: place } };
}

// Brings a grant's card and direct messages up to its state, and tells admins what was found; what Slack refuses is told again later.

import type { WebClient } from "@slack/web-api";
import type { Messenger } from "../broker/ports.ts";
import type { AdminMessenger } from "../broker/tell-findings.ts";
import type { Grant } from "../grant/grant.ts";
import type { SlackUserId } from "../grant/ids.ts";
import type { Shown } from "../store/store.ts";
import { card, type Message } from "./views/card.ts";
import { directMessages } from "./views/direct-messages.ts";
import { findingsMessage } from "./views/findings.ts";
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
): Messenger & AdminMessenger {
  return {
    async tell(admin, news) {
      try {
        await postMessage(await client(), admin, findingsMessage(news));
        return {};
      } catch (error) {
        return { problem: slackProblem(error).code };
      }
    },

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
  message: Message,
): Promise<Shown> {
  const place = await postMessage(client, channel, message);
  return { ...shown, messages: { ...shown.messages, [key]: place } };
}

/** Posts a message, and says where it stands. @throws what the client throws. */
async function postMessage(client: WebClient, channel: string, message: Message) {
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
  return { channel: answer.channel, ts: answer.ts };
}

// Answers to one person alone: through the response_url of what they clicked, or as a direct message where there is none.

import type { KnownBlock } from "@slack/types";
import type { WebClient } from "@slack/web-api";
import type { Log } from "../broker/ports.ts";
import { parseSlackUserId, type SlackUserId } from "../grant/ids.ts";
import { type Check, listOf, mapOf, oneOf, optional, record, text } from "../shape.ts";
import { httpsFetch } from "./https-fetch.ts";
import { slackProblem } from "./web-client.ts";

/** What only one person reads. */
export interface Whisper {
  readonly response_type: "ephemeral";
  readonly text: string;
  readonly blocks?: KnownBlock[];
}

/** A whisper and whom it is for, as it is handed to the function that tells Slack: `{ say: word }`. */
export interface Word {
  readonly to: { readonly user: SlackUserId; readonly responseUrl?: string };
  readonly message: Whisper;
}

export function privately(text: string, blocks?: KnownBlock[]): Whisper {
  return { response_type: "ephemeral", text, ...(blocks === undefined ? {} : { blocks }) };
}

const word: Check = record<Word>({
  to: record<Word["to"]>({ user: text, responseUrl: optional(text) }),
  message: record<Whisper>({
    response_type: oneOf("ephemeral"),
    text,
    blocks: optional(listOf(mapOf(() => undefined))),
  }),
});

/** The word that an event holds; undefined for any other event. @throws TypeError where it is none. */
export function wordIn(event: unknown): Word | undefined {
  if (typeof event !== "object" || event === null || !("say" in event)) return undefined;
  const problem = word(event.say, "say");
  if (problem !== undefined) throw new TypeError(`this is nothing to say: ${problem}`);
  const said = event.say as Word;
  return { ...said, to: { ...said.to, user: parseSlackUserId(said.to.user) } };
}

// Bolt's own `respond` waits for as long as Slack likes.
const TIMEOUT_MS = 2_000;

/**
 * Says `word`, within some seconds; what was clicked on stays as it is. Where Slack does not take it through
 * the response_url (30 minutes old, or used up) it comes as a direct message. Never throws: Slack failing
 * is logged and changes nothing.
 */
export async function deliver(
  { client, log }: { readonly client: () => Promise<WebClient>; readonly log: Log },
  { to, message }: Word,
): Promise<void> {
  if (to.responseUrl !== undefined && (await respond(log, to.responseUrl, message))) return;
  try {
    const { response_type: _, ...content } = message;
    const quietly = { unfurl_links: false, unfurl_media: false };
    await (await client()).chat.postMessage({ channel: to.user, ...content, ...quietly });
  } catch (error) {
    log.warn("answer not delivered", { to: to.user, problem: slackProblem(error).code });
  }
}

/** NB. `responseUrl` is of a verified request only. https://docs.slack.dev/interactivity/handling-user-interaction */
async function respond(log: Log, responseUrl: string, answer: Whisper): Promise<boolean> {
  try {
    const { ok, status } = await httpsFetch(responseUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...answer, replace_original: false }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!ok) log.warn("answer not taken; it comes as a direct message", { status });
    return ok;
  } catch (error) {
    log.warn("answer not taken; it comes as a direct message", { error });
    return false;
  }
}

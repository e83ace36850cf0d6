// Answers to the person alone who clicked, through the click's response_url: it works in every conversation, the bot's or not.

import type { KnownBlock } from "@slack/types";
import type { Log } from "../broker/ports.ts";
import { httpsFetch } from "./https-fetch.ts";

/** What only one person reads. */
export interface Whisper {
  readonly response_type: "ephemeral";
  readonly text: string;
  readonly blocks?: KnownBlock[];
}

export function privately(text: string): Whisper {
  return { response_type: "ephemeral", text };
}

// Bolt's own `respond` waits for as long as Slack likes.
const TIMEOUT_MS = 2_000;

/**
 * Posts `answer`; what was clicked on stays as it is. Slack failing is logged and changes nothing.
 * NB. `responseUrl` is of a verified request only. https://docs.slack.dev/interactivity/handling-user-interaction
 */
export async function whisper(log: Log, responseUrl: string, answer: Whisper): Promise<void> {
  try {
    const { ok, status } = await httpsFetch(responseUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...answer, replace_original: false }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!ok) log.warn("answer not delivered", { status });
  } catch (error) {
    log.warn("answer not delivered", { error });
  }
}

// Calls of Slack's Web API as the messenger makes them: none where Slack wants us to wait, and a failure is an answer.

import type { HomeView } from "@slack/types";
import type { ChatPostMessageResponse, WebClient } from "@slack/web-api";
import type { Clock, Pauses } from "../broker/ports.ts";
import type { SlackUserId } from "../grant/ids.ts";
import type { Message } from "./views/blocks.ts";
import { isRefusal, mayHaveLanded, slackProblem } from "./web-client.ts";

/** Where a message stands. */
export interface Place {
  readonly channel: string;
  readonly ts: string;
}

/** Where a message was put. */
export interface Posted extends Place {
  /** What it was to answer is gone, and so it stands in the channel itself. */
  readonly isAstray: boolean;
}

export interface Problem {
  readonly code: string;
  /** Slack wants us to wait until then (epoch ms). */
  readonly retryAt?: number;
  /** It may have taken effect all the same, or may yet. */
  readonly isLost?: boolean;
  /** Slack said no, and will say so again. */
  readonly isRefused?: boolean;
}

export type Sent<T> =
  | { readonly sent: T; readonly problem?: undefined }
  | { readonly sent?: undefined; readonly problem: Problem };

type Sendable = Pick<Message, "text"> & Partial<Message>;

/** Never throws. What Slack limits is noted as a pause, and not asked for again before that is over. */
export interface Sender {
  /** Posts to a channel or a person; `thread` is the `ts` of the message that it answers. */
  post(to: string, message: Sendable, thread?: string): Promise<Sent<Posted>>;
  edit(place: Place, message: Message): Promise<Sent<unknown>>;
  remove(place: Place): Promise<Sent<unknown>>;
  publish(user: SlackUserId, view: HomeView): Promise<Sent<unknown>>;
}

/** Where Slack's answer to a 429 does not say how long, though it should. */
const PAUSE_MS = 30_000;
const LIMITED = new Set(["rate_limited", "ratelimited", "message_limit_exceeded"]);

/**
 * Posts are limited, and paused, by channel; everything else by its kind of call over the whole workspace.
 * So cards are edited while their channel has to wait for more. https://docs.slack.dev/apis/web-api/rate-limits
 */
export function createSender(
  client: () => Promise<WebClient>,
  clock: Pick<Clock, "now">,
  pauses: Pauses,
): Sender {
  const call = async <T>(
    place: string,
    send: (client: WebClient) => Promise<T>,
  ): Promise<Sent<T>> => {
    const until = pauses.until(place);
    if (until > clock.now()) return { problem: { code: "paused", retryAt: until } };
    try {
      return { sent: await send(await client()) };
    } catch (error) {
      const { code, retryAfterMs = LIMITED.has(code) ? PAUSE_MS : undefined } = slackProblem(error);
      if (retryAfterMs === undefined) {
        return { problem: { code, isLost: mayHaveLanded(error), isRefused: isRefusal(error) } };
      }
      const retryAt = clock.now() + retryAfterMs;
      pauses.note(place, retryAt);
      return { problem: { code, retryAt } };
    }
  };
  return {
    post: (to, message, thread) =>
      call(to, async ({ chat }) => {
        const quiet = { unfurl_links: false, unfurl_media: false };
        const answering = thread === undefined ? {} : { thread_ts: thread };
        const content = { ...message, ...quiet, ...answering };
        return postedBy(await chat.postMessage({ channel: to, ...content }), thread);
      }),
    edit: ({ channel, ts }, message) =>
      call("chat.update", ({ chat }) => chat.update({ channel, ts, ...message })),
    remove: ({ channel, ts }) => call("chat.delete", ({ chat }) => chat.delete({ channel, ts })),
    publish: (user, view) =>
      call("views.publish", ({ views }) => views.publish({ user_id: user, view })),
  };
}

/**
 * NB. Edits of a direct message need the `D…` id that Slack answers, not the person's. A reply to a message
 * that was deleted is not refused: only the `thread_ts` that its answer lacks tells (slack-go/slack#1571).
 */
function postedBy({ channel, ts, message }: ChatPostMessageResponse, thread?: string): Posted {
  if (channel === undefined || ts === undefined) {
    throw new Error("Slack did not say where it put the message");
  }
  const isAstray = thread !== undefined && message !== undefined && message.thread_ts === undefined;
  return { channel, ts, isAstray };
}

// What every click has in common: who clicked on what, what opens, and how they alone are answered.

import type { BlockAction } from "@slack/bolt";
import type { WebClient } from "@slack/web-api";
import type { Act } from "../broker/decide-request.ts";
import type { Ports } from "../broker/ports.ts";
import { type GrantId, parseGrantId, parseSlackUserId, type SlackUserId } from "../grant/ids.ts";
import { atMost } from "./at-most.ts";
import { answerView, type Modal } from "./views/answer-view.ts";
import { slackProblem } from "./web-client.ts";
import { deliver, privately, type Whisper, type Word } from "./whisper.ts";

/** What the Slack function needs of the broker: the table, the policy, kicks. No targets. */
export type SlackPorts = Pick<
  Ports,
  "policy" | "clock" | "ids" | "store" | "directory" | "kick" | "log" | "metrics"
> & {
  /** Has something said to one person, soon. Never throws; false: it was not taken. */
  readonly say: (word: Word) => Promise<boolean>;
  /** Has somebody's App Home published, soon. Never throws; false: it was not taken. */
  readonly showHome: (user: SlackUserId) => Promise<boolean>;
};

/** Somebody at a place in Slack from which something can open. */
export interface Sender {
  readonly by: SlackUserId;
  /** Where they are, for the history: `slack:C0ACCESS`. */
  readonly from: string;
  /** Good for one form, for three seconds. */
  readonly triggerId: string;
  /** Where they alone can be answered; absent on the App Home, in a form, and from the shortcut. */
  readonly responseUrl?: string;
  /** In a form: what opens stands on top of it. */
  readonly inForm: boolean;
}

/** NB. Of all that a click carries, only this and the id on the button are used. */
export function senderOf(body: BlockAction): Sender {
  const { channel, response_url: responseUrl, view } = body;
  const place = channel?.id ?? (view?.type === "home" ? "home" : "form");
  return {
    by: parseSlackUserId(body.user.id),
    from: `slack:${place}`,
    triggerId: body.trigger_id,
    // Absent in views, whatever its type says.
    ...(responseUrl === undefined ? {} : { responseUrl }),
    inForm: view?.type === "modal",
  };
}

/** What somebody does to the grant of that id; undefined: it is no id, so nobody knows the grant. */
export function actOf({ by, from }: Pick<Sender, "by" | "from">, id = ""): Act | undefined {
  const grantId = grantIdIn(id);
  return grantId === undefined ? undefined : { grantId, by, from };
}

export function grantIdIn(text: string): GrantId | undefined {
  try {
    return parseGrantId(text);
  } catch {
    return undefined;
  }
}

/** Slack gives up on us after 3 s, of which some pass before and after. */
const OPEN_WITHIN_MS = 1_500;
const SAY_WITHIN_MS = 300;

/** Opens a form, on top of the one that the sender is in. False: they do not see it. */
export async function openView(
  { clock, log }: Pick<SlackPorts, "clock" | "log">,
  client: WebClient,
  { triggerId, inForm }: Pick<Sender, "triggerId" | "inForm">,
  view: Modal,
): Promise<boolean> {
  const shown = { trigger_id: triggerId, view };
  try {
    const opening = inForm ? client.views.push(shown) : client.views.open(shown);
    if ((await atMost(clock, OPEN_WITHIN_MS, opening)) !== undefined) return true;
    log.warn("form not opened", { problem: "no answer in time" });
  } catch (error) {
    log.warn("form not opened", { problem: slackProblem(error).code });
  }
  return false;
}

/**
 * Does what a click says. Where it comes to an answer, or fails, the clicker is told, and alone: a text stands on
 * top of the form that they clicked in, where they did; a whisper, and any other text, comes as soon as
 * Slack takes it. `failed`: what they are told where it fails.
 */
export async function answering(
  ports: SlackPorts,
  client: WebClient,
  sender: Sender,
  failed: string,
  work: () => Promise<Whisper | string | undefined>,
): Promise<void> {
  const answer = await work().catch((error: unknown) => {
    ports.log.error("click not finished", { error });
    return failed;
  });
  if (answer === undefined) return;
  if (typeof answer !== "string") return tell(ports, client, sender, answer);
  if (sender.inForm && (await openView(ports, client, sender, answerView(answer)))) return;
  await tell(ports, client, sender, privately(answer));
}

async function tell(
  ports: SlackPorts,
  client: WebClient,
  { by: user, responseUrl }: Sender,
  message: Whisper,
): Promise<void> {
  const word = { to: { user, ...(responseUrl === undefined ? {} : { responseUrl }) }, message };
  if (await ports.say(word)) return;
  const { log } = ports;
  await atMost(ports.clock, SAY_WITHIN_MS, deliver({ client: async () => client, log }, word));
}

/** Where something was to be written: the table may have taken what its answer did not say. */
export const UNSURE =
  "Latchkey could not finish that, and may have done it all the same. Look at the request's card before you try again.";
/** Where something was only to be read, or opened. */
export const UNCHANGED =
  "Latchkey could not do that just now, and nothing has changed. Please try again.";

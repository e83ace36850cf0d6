// What `/access help` and `/access list` say: how to ask, and what this person may ask for.

import type { SlackUserId } from "../../grant/ids.ts";
import { shortDuration } from "../../policy/duration.ts";
import type { Entitlement } from "../../policy/policy.ts";
import { COMMAND } from "../names.ts";
import { code, literal, mentions } from "../text.ts";

/** Slack cuts a message's text at 4000 characters; the list leaves room for the rest. */
const LONGEST_LIST = 3300;

/** `requestable` is what the reader may ask for; mrkdwn. */
export function helpText(
  requestable: readonly Entitlement[],
  admins: readonly SlackUserId[],
): string {
  const [first] = requestable;
  if (first === undefined) return [INTRO, nothingToAsk(admins)].join("\n");
  const count = requestable.length === 1 ? "one thing" : `${requestable.length} things`;
  return [
    INTRO,
    `\`${COMMAND}\` opens the form.`,
    `${code(exampleOf(first))} asks at once: what, how long, ticket where one is named, reason.`,
    `\`${COMMAND} list\` names what you may ask for: ${count}.`,
    `\`${COMMAND} mine\` names what you have, wait for and had.`,
    "You get a message when the access is there, before it ends, and when it has ended.",
  ].join("\n");
}

const INTRO = "*Ask for access that ends by itself.*";

/** Says that there is nothing, and whom to turn to: `admins`, if there are any beside the reader; mrkdwn. */
export function nothingToAsk(admins: readonly SlackUserId[]): string {
  const nothing = "There is nothing that you may ask for.";
  return admins.length === 0 ? nothing : `${nothing} ${mentions(admins)} can tell you more.`;
}

function exampleOf({ id, duration, ticket }: Entitlement): string {
  const words = [COMMAND, id, shortDuration(duration.defaultMs)];
  if (ticket !== undefined) words.push("TICKET");
  return [...words, "why you need it"].join(" ");
}

/** What the reader may ask for, a line each; what has no room is counted. mrkdwn. */
export function listText(
  requestable: readonly Entitlement[],
  admins: readonly SlackUserId[],
): string {
  if (requestable.length === 0) return nothingToAsk(admins);
  const lines: string[] = ["*What you may ask for*"];
  let size = 0;
  for (const [index, { id, title, duration }] of requestable.entries()) {
    const line = `• ${code(id, 70)}: ${literal(title, 250)}, at most ${shortDuration(duration.maxMs)}`;
    size += line.length + 1;
    if (size > LONGEST_LIST) {
      const more = requestable.length - index;
      return [...lines, `and ${more} more: type \`${COMMAND}\` and search`].join("\n");
    }
    lines.push(line);
  }
  return lines.join("\n");
}

// What `/access help` says: how to ask, and what this person may ask for.

import type { SlackUserId } from "../../grant/ids.ts";
import { shortDuration } from "../../policy/duration.ts";
import type { Entitlement } from "../../policy/policy.ts";
import { COMMAND } from "../names.ts";
import { escaped } from "../text.ts";

/** Slack shows a message's text up to 4000 characters; the list leaves room for the rest. */
const LIST = 3000;

/** `requestable` is what the reader may ask for; mrkdwn. */
export function helpText(
  requestable: readonly Entitlement[],
  admins: readonly SlackUserId[],
): string {
  const [first] = requestable;
  if (first === undefined) return [INTRO, nothingToAsk(admins)].join("\n");
  return [
    INTRO,
    `\`${COMMAND}\` opens the form.`,
    `\`${exampleOf(first)}\` asks at once: what, how long, ticket where one is named, reason.`,
    "You get a message when the access is there and when it has ended.",
    "*What you may ask for:*",
    ...listed(requestable),
  ].join("\n");
}

const INTRO = "*Ask for access that ends by itself.*";

/** Says that there is nothing, and whom to turn to; mrkdwn. */
export function nothingToAsk(admins: readonly SlackUserId[]): string {
  const whom = admins.map((admin) => `<@${admin}>`).join(", ");
  return `There is nothing that you may ask for. ${whom} can tell you more.`;
}

function exampleOf({ id, duration, ticket }: Entitlement): string {
  const words = [COMMAND, id, shortDuration(duration.defaultMs)];
  if (ticket !== undefined) words.push("TICKET");
  return [...words, "why you need it"].join(" ");
}

function listed(requestable: readonly Entitlement[]): readonly string[] {
  const lines: string[] = [];
  let size = 0;
  for (const { id, title, duration } of requestable) {
    const line = `• \`${id}\`: ${escaped(title, 300)}, at most ${shortDuration(duration.maxMs)}`;
    size += line.length + 1;
    if (size > LIST) return [...lines, `and ${requestable.length - lines.length} more`];
    lines.push(line);
  }
  return lines;
}

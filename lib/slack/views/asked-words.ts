// What somebody decides on, in words: a request, or that the end of a grant is put off.

import { asksForExtension } from "../../grant/extension.ts";
import type { Grant } from "../../grant/grant.ts";
import { formatDuration } from "../../policy/duration.ts";
import { byWhom, when } from "../text.ts";
import { titleOf } from "./grant-words.ts";

/** True where it is an extension that waits for a decision, not the request. */
export function asksToExtend(grant: Grant): boolean {
  return grant.status === "active" && asksForExtension(grant);
}

/** Who asks for what and how long; mrkdwn. */
export function askedWords(grant: Grant): string {
  const who = byWhom(grant.requester);
  const title = `*${titleOf(grant)}*`;
  const time = `*${formatDuration(grant.durationMs)}*`;
  if (grant.status !== "active") return `${who} asks for ${title} for ${time}.`;
  return `${who} asks for ${time} more of ${title}, which ends ${when(grant.window.expiresAt)}.`;
}

// What is remembered of something shown in Slack instead of the whole: a digest, and whether it is sure to stay.

import { createHash } from "node:crypto";

/** A short digest of a message's or a view's content: the same content, the same digest. */
export function digestOf(content: object): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("base64url").slice(0, 22);
}

const MARK = "~";

/** Shows `digest`, unless an edit whose answer was lost lands late: then it is sent once more. */
export function unsettled(digest: string): string {
  return digest + MARK;
}

/** An edit's answer was lost: what it shows now is not known. */
export const UNKNOWN = unsettled("");

export function isUnsettled(shows: string | undefined): boolean {
  return shows?.endsWith(MARK) ?? false;
}

/** Nothing more is told there: it can be neither edited nor posted. */
export const GONE = "gone";

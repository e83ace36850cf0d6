// Whom the panel speaks of: people by the names that they have in Slack, AWS's things by their last part.

import type { SlackUser } from "../../../slack/workspace-state.ts";

/** A Slack user's name; the id of one whom the workspace does not know, and Latchkey's own. */
export type NameOf = (user: string) => string;

export function namesIn(users: readonly SlackUser[]): NameOf {
  const names = new Map(users.map(({ id, real_name }) => [id, real_name]));
  return (user) => (user === "latchkey" ? "Latchkey" : (names.get(user) ?? user));
}

/** `ada` of `arn:aws:iam::111122223333:user/path/ada`. */
export function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

// How people are shown: their names, the letters and the colour of their pictures, and whether they are from elsewhere.

import type { SlackUser } from "../../../slack/workspace-state.ts";
import type { SlackPart } from "../../protocol.ts";

export function userIn({ users }: SlackPart, id: string): SlackUser | undefined {
  return users.find((user) => user.id === id);
}

export function nameOf(slack: SlackPart, id: string): string {
  return userIn(slack, id)?.real_name ?? id;
}

/** The first letters of the first and the last name. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => [...(word ?? "")][0]?.toUpperCase() ?? "").join("");
}

/** A hue (degrees) for a picture, the same for an id every time. */
export function hueOf(id: string): number {
  let sum = 0;
  for (const char of id) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 3600;
  return sum % 360;
}

/** Only members of the workspace have the app's home. */
export function isMember(slack: SlackPart, id: string): boolean {
  return userIn(slack, id)?.team_id === slack.team.id;
}

/** What Slack marks somebody with who is no member of the workspace. */
export function markOf({ team }: SlackPart, user: SlackUser): string | undefined {
  if (user.team_id !== team.id) return "other workspace";
  if (user.deleted) return "deactivated";
  return user.is_restricted || user.is_ultra_restricted ? "guest" : undefined;
}

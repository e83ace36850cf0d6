// Where somebody can be in Slack: channels, and the app's home and messages; and where they are when the visitor turns to them.

import type { SlackChannel } from "../../../slack/workspace-state.ts";
import type { SlackPart } from "../../protocol.ts";

export type Place =
  | { readonly kind: "channel"; readonly channel: string }
  | { readonly kind: "home" }
  | { readonly kind: "messages" };

/** The channels that `person` has in their list. */
export function channelsOf(slack: SlackPart, person: string): readonly SlackChannel[] {
  return slack.channels.filter(
    ({ im_user, is_archived, members }) =>
      im_user === undefined && !is_archived && members.includes(person),
  );
}

/** Where the bot writes to `person`, once it has. */
export function directMessageOf(slack: SlackPart, person: string): SlackChannel | undefined {
  return slack.channels.find(({ im_user }) => im_user === person);
}

/** The id of the channel whose messages `place` shows. */
export function roomOf(slack: SlackPart, person: string, place: Place): string | undefined {
  switch (place.kind) {
    case "channel":
      return place.channel;
    case "messages":
      return directMessageOf(slack, person)?.id;
    case "home":
      return undefined;
    default:
      throw new TypeError(`unknown place ${JSON.stringify(place satisfies never)}`);
  }
}

/** The first of `wished` that is there for `person`; else their first channel, or the app's home. */
export function placeFor(
  slack: SlackPart,
  person: string,
  wished: readonly (Place | undefined)[],
): Place {
  const channels = channelsOf(slack, person);
  const found = wished.find((place) =>
    place?.kind === "channel" ? channels.some(({ id }) => id === place.channel) : place,
  );
  if (found !== undefined) return found;
  const [first] = channels;
  return first === undefined ? { kind: "home" } : { kind: "channel", channel: first.id };
}

/** Where the visitor gets to by turning from somebody at `before` to `person`: into the same channel, if they are in it. */
export function placeAfterSwitch(
  slack: SlackPart,
  person: string,
  before: Place | undefined,
  remembered: Place | undefined,
): Place {
  return placeFor(slack, person, [before?.kind === "channel" ? before : undefined, remembered]);
}

export function isSame(one: Place, other: Place): boolean {
  if (one.kind === "channel" && other.kind === "channel") return one.channel === other.channel;
  return one.kind === other.kind;
}

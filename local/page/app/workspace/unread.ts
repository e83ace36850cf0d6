// What is new to whom since they last looked.

import type { SlackPart } from "../../protocol.ts";
import { isFor, isReply } from "./messages.ts";
import { channelsOf, directMessageOf, type Place, roomOf } from "./place.ts";

/** What has been seen, by everybody whom the visitor plays. */
export interface Seen {
  /** Nothing up to this `ts` is new to anybody: it stood there when the page was opened. */
  readonly from: string;
  /** By person, and by channel: the `ts` of the newest message there when they last looked. */
  readonly rooms: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By person: the `hash` of their home when they last looked. */
  readonly homes: Readonly<Record<string, string>>;
}

/** Whoever opens the page has seen what stands there. */
export function seenAtFirst({ messages, homes }: SlackPart): Seen {
  return {
    from: messages.reduce((newest, { ts }) => later(newest, ts), ""),
    rooms: {},
    homes: Object.fromEntries(Object.entries(homes).map(([person, { hash }]) => [person, hash])),
  };
}

/** `person` looks at `place`. The same object again where nothing there is new. */
export function look(seen: Seen, slack: SlackPart, person: string, place: Place): Seen {
  if (place.kind === "home") {
    const hash = slack.homes[person]?.hash;
    if (hash === undefined || seen.homes[person] === hash) return seen;
    return { ...seen, homes: { ...seen.homes, [person]: hash } };
  }
  const room = roomOf(slack, person, place);
  if (room === undefined || unreadIn(seen, slack, person, room) === 0) return seen;
  const newest = newIn(seen, slack, person, room).reduce((ts, one) => later(ts, one.ts), "");
  return { ...seen, rooms: { ...seen.rooms, [person]: { ...seen.rooms[person], [room]: newest } } };
}

/** How many messages in a channel are new to `person`; of a thread only what is for them alone. */
export function unreadIn(seen: Seen, slack: SlackPart, person: string, room: string): number {
  return newIn(seen, slack, person, room).length;
}

/** How many messages are new to `person`, wherever they are. */
export function unreadBy(seen: Seen, slack: SlackPart, person: string): number {
  const rooms = [...channelsOf(slack, person), directMessageOf(slack, person)];
  return rooms.reduce(
    (sum, room) => (room === undefined ? sum : sum + unreadIn(seen, slack, person, room.id)),
    0,
  );
}

/** Whether the app has changed the home of `person`. */
export function isHomeNew(seen: Seen, slack: SlackPart, person: string): boolean {
  const home = slack.homes[person];
  return home !== undefined && home.hash !== seen.homes[person];
}

function newIn(seen: Seen, { messages }: SlackPart, person: string, room: string) {
  const since = seen.rooms[person]?.[room] ?? seen.from;
  return messages.filter(
    (message) =>
      message.channel === room &&
      message.ts > since &&
      message.user !== person &&
      isFor(message, person) &&
      (!isReply(message) || message.only_for === person),
  );
}

/** NB. A `ts` is compared as text: it has ten digits, a dot and six. */
function later(one: string, other: string): string {
  return one > other ? one : other;
}

// A Slack in memory: an object with the client's methods that the broker calls, what stands there, who has left, and outages.

import type { HomeView } from "@slack/types";
import {
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  type WebClient,
} from "@slack/web-api";
import type { Clock, Ports } from "../../lib/broker/ports.ts";
import type { SlackUserId } from "../../lib/grant/ids.ts";
import { createDirectory } from "../../lib/slack/directory.ts";
import { createMessenger } from "../../lib/slack/messenger.ts";
import { CAT, LEE, POLICY } from "./catalogue.ts";
import type { Mutant } from "./mutants.ts";
import { callOutside, type Failure, type Fault, type Process, type World } from "./outside.ts";

export interface SimulatedSlack {
  /** The real messenger, over Slack as one process reaches it. */
  messenger(process: Process, clock: Clock): Ports["messenger"];
  /** The real directory, whose client gives up after `withinMs`. */
  directory(process: Process, clock: Clock, withinMs: number): Ports["directory"];
  /** The messages that stand, in the order in which they came, by channel and time stamp. */
  readonly messages: ReadonlyMap<string, Message>;
  /** The App Homes that were published last. */
  readonly homes: ReadonlyMap<string, HomeView>;
  /** Somebody deletes a message. */
  deleteOne(): boolean;
  /** A message in a channel can no longer be edited; it can be deleted. */
  freezeOne(): boolean;
  /** When somebody deleted the card of that grant (epoch ms). */
  readonly deletedAt: ReadonlyMap<string, number>;
  /** Grants of which some card was deleted, by whomever. */
  readonly renewed: ReadonlySet<string>;
  /** Nothing gets through until then (epoch ms). */
  goAway(until: number): void;
  /** From now on somebody is deactivated, or a guest. */
  leave(user: SlackUserId, as: "deactivated" | "guest"): void;
  /** When somebody has left (epoch ms); undefined: they are a full member. */
  leftAt(user: SlackUserId): number | undefined;
}

export interface Message {
  readonly channel: string;
  readonly ts: string;
  /** The `ts` of the message whose thread it is in. */
  readonly thread?: string | undefined;
  readonly text: string;
  readonly blocks: readonly unknown[];
  /** The id of the grant that it is about. */
  readonly grant: string;
  /** The names of the buttons that it has. */
  readonly buttons: readonly string[];
  readonly isFrozen?: true;
}

/** What the truth is told of, for its checks: a message of that grant came, changed or went. */
export interface SlackWitness {
  shownAnew(by: string, grantId: string): void;
}

const READ_FAULTS: readonly [Fault, ...Fault[]] = [
  "before",
  "before",
  "throttled",
  "throttled",
  "death",
];
const WRITE_FAULTS: readonly [Fault, ...Fault[]] = [
  "before",
  "lost",
  "late",
  "throttled",
  "throttled",
  "death",
];
/** As `lib/compose/announce.ts` has it. */
export const ANNOUNCED_WITHIN_MS = 8_000;

interface Post {
  readonly channel: string;
  readonly text: string;
  readonly blocks?: readonly unknown[];
  readonly thread_ts?: string;
}

interface Edit extends Post {
  readonly ts: string;
}

/** Slack with a channel, direct messages and one user group. */
export function createSlack(world: World, witness: SlackWitness, mutant: Mutant): SimulatedSlack {
  const { loop, random } = world;
  const messages = new Map<string, Message>();
  const homes = new Map<string, HomeView>();
  const deletedAt = new Map<string, number>();
  const renewed = new Set<string>();
  const left = new Map<SlackUserId, { at: number; as: "deactivated" | "guest" }>();
  let posted = 0;
  let awayUntil = 0;

  const callsOf = (process: Process, withinMs: number) => {
    const call = <T>(name: string, faults: typeof READ_FAULTS, effect: () => T) =>
      callOutside<T>(world, process, {
        name: `slack ${name}`,
        timeoutMs: withinMs,
        faults,
        effect() {
          if (loop.now() < awayUntil) throw slackFault("before", 1);
          return effect();
        },
        failure: (kind) => {
          throw slackFault(kind, random.between(1, 30));
        },
      });
    return {
      read: <T>(name: string, effect: () => T) => call(name, READ_FAULTS, effect),
      write: <T>(name: string, effect: () => T) => call(name, WRITE_FAULTS, effect),
    };
  };

  const stand = (by: Process, message: Omit<Message, "grant" | "buttons">) => {
    const { channel, ts, text, blocks } = message;
    const json = JSON.stringify([text, blocks]);
    const grant = /LK-[0-9A-Z]{10}/.exec(json)?.[0] ?? "none";
    const buttons = [...json.matchAll(/"action_id":"(\w+)"/g)].map(([, name = ""]) => name);
    messages.set(`${channel} ${ts}`, { ...message, grant, buttons });
    witness.shownAnew(by.name, grant);
  };

  const remove = (place: string) => {
    const message = messages.get(place);
    if (message !== undefined && isCard(message)) renewed.add(message.grant);
    return messages.delete(place);
  };

  const clientOf = (process: Process, withinMs: number) => {
    const { read, write } = callsOf(process, withinMs);
    return {
      chat: {
        postMessage: ({ channel, text, blocks = [], thread_ts }: Post) =>
          write(`postMessage ${channel}${thread_ts === undefined ? "" : " in a thread"}`, () => {
            if (isDeactivated(channel)) throw platformError("user_disabled");
            const ts = `1700000000.${String(++posted).padStart(6, "0")}`;
            const place = channel.startsWith("U") ? `D${channel.slice(1)}` : channel;
            // A reply to what was deleted stands in the channel itself, and only the answer tells.
            const isReply = thread_ts !== undefined && messages.has(`${place} ${thread_ts}`);
            const thread = isReply ? thread_ts : undefined;
            stand(process, { channel: place, ts, thread, text, blocks });
            return { ok: true, channel: place, ts, message: thread && { thread_ts: thread } };
          }),
        update: ({ channel, ts, text, blocks = [] }: Edit) =>
          write(`update ${channel} ${ts}`, () => {
            const before = messages.get(`${channel} ${ts}`);
            if (before === undefined) throw platformError("message_not_found");
            if (before.isFrozen) throw platformError("cant_update_message");
            stand(process, { ...before, text, blocks });
            return { ok: true, channel, ts };
          }),
        delete: ({ channel, ts }: { channel: string; ts: string }) =>
          write(`delete ${channel} ${ts}`, () => {
            if (!remove(`${channel} ${ts}`)) throw platformError("message_not_found");
            return { ok: true };
          }),
      },
      views: {
        publish: ({ user_id, view }: { user_id: string; view: HomeView }) =>
          write(`views.publish ${user_id}`, () => {
            if (isDeactivated(user_id)) throw platformError("user_disabled");
            homes.set(user_id, view);
            return { ok: true };
          }),
      },
      users: {
        info: ({ user }: { user: SlackUserId }) =>
          read(`users.info ${user}`, () => {
            const as = left.get(user)?.as;
            const is = { deleted: as === "deactivated", is_restricted: as === "guest" };
            return { ok: true, user: { id: user, team_id: POLICY.slack.team, ...is } };
          }),
      },
      usergroups: {
        users: {
          // Slack takes nobody out of it who has left only just.
          list: ({ usergroup }: { usergroup: string }) =>
            read(`usergroups.users.list ${usergroup}`, () => ({ ok: true, users: [LEE] })),
        },
      },
    } as unknown as WebClient;
  };
  const isDeactivated = (id: string) => left.get(id as SlackUserId)?.as === "deactivated";

  const pickOne = (may: (message: Message) => boolean) => {
    const [first, ...others] = [...messages].filter(([, message]) => may(message));
    return first === undefined ? undefined : random.pick([first, ...others]);
  };
  const isCard = ({ channel, thread }: Message) => channel.startsWith("C") && thread === undefined;

  return {
    messenger(process, clock) {
      const make = (client: WebClient) => createMessenger(async () => client, [CAT], clock);
      const client = clientOf(process, ANNOUNCED_WITHIN_MS);
      return mutant.messenger?.(make, client) ?? make(client);
    },
    directory: (process, clock, withinMs) =>
      createDirectory(async () => clientOf(process, withinMs), clock.now, {
        team: POLICY.slack.team,
      }),
    messages,
    homes,
    deleteOne() {
      const [place, message] = pickOne(({ thread }) => thread === undefined) ?? [];
      if (place === undefined || message === undefined) return false;
      remove(place);
      if (isCard(message)) deletedAt.set(message.grant, loop.now());
      world.trace?.(() => `somebody deletes the message ${place}`);
      return true;
    },
    freezeOne() {
      const [place, message] = pickOne(isCard) ?? [];
      if (place === undefined || message === undefined) return false;
      messages.set(place, { ...message, isFrozen: true });
      world.trace?.(() => `the message ${place} can no longer be edited`);
      return true;
    },
    deletedAt,
    renewed,
    goAway(until) {
      awayUntil = until;
      world.trace?.(() => "Slack goes away");
    },
    leave(user, as) {
      left.set(user, { at: loop.now(), as });
      world.trace?.(() => `${user} is ${as} in Slack from now on`);
    },
    leftAt: (user) => left.get(user)?.at,
  };
}

/** As the client throws it, which tries nothing again. */
function slackFault(kind: Failure, retryAfter: number): Error {
  switch (kind) {
    case "before":
    case "lost":
    case "late":
      return new WebAPIRequestError(new Error("socket hang up"));
    case "throttled":
      return new WebAPIRateLimitedError(retryAfter);
    case "denied":
      return platformError("not_in_channel");
    default:
      throw new TypeError(`unknown failure ${kind satisfies never}`);
  }
}

function platformError(error: string): Error {
  return new WebAPIPlatformError({ ok: false, error });
}

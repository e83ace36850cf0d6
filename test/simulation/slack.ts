// A Slack in memory: an object with the client's methods that the messenger calls, the messages that stand, and outages.

import {
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  type WebClient,
} from "@slack/web-api";
import type { Ports } from "../../lib/broker/ports.ts";
import { createMessenger } from "../../lib/slack/messenger.ts";
import { CAT, LEE } from "./catalogue.ts";
import { callOutside, type Failure, type Fault, type Process, type World } from "./outside.ts";

export interface SimulatedSlack {
  /** The real messenger, over Slack as one process reaches it. */
  messenger(process: Process): Ports["messenger"];
  /** Who is in a user group. */
  directory(process: Process): Ports["directory"];
  /** The messages that stand, by channel and time stamp. */
  readonly messages: Map<string, Message>;
  /** Somebody deletes a message. */
  deleteOne(): boolean;
  /** When somebody deleted a message that names that grant (epoch ms). */
  readonly deletedAt: ReadonlyMap<string, number>;
  /** Nothing gets through until then (epoch ms). */
  goAway(until: number): void;
}

export interface Message {
  readonly channel: string;
  readonly text: string;
  readonly blocks: readonly unknown[];
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
  "throttled",
  "throttled",
  "death",
];
/** As `lib/compose/announce.ts` has it. */
const TIMEOUT_MS = 8_000;

/** Slack with a channel, direct messages and one user group. */
export function createSlack(world: World): SimulatedSlack {
  const { loop, random } = world;
  const messages = new Map<string, Message>();
  const deletedAt = new Map<string, number>();
  let posted = 0;
  let awayUntil = 0;

  const call = <T>(process: Process, name: string, faults: typeof READ_FAULTS, effect: () => T) =>
    callOutside<T>(world, process, {
      name: `slack ${name}`,
      timeoutMs: TIMEOUT_MS,
      faults,
      effect() {
        if (loop.now() < awayUntil) throw slackFault("before", 1);
        return effect();
      },
      failure: (kind) => {
        throw slackFault(kind, random.between(1, 30));
      },
    });

  const clientOf = (process: Process) =>
    ({
      chat: {
        postMessage: ({ channel, text, blocks }: Message) =>
          call(process, `postMessage ${channel}`, WRITE_FAULTS, () => {
            const ts = `1700000000.${String(++posted).padStart(6, "0")}`;
            const place = channel.startsWith("U") ? `D${channel.slice(1)}` : channel;
            messages.set(`${place} ${ts}`, { channel: place, text, blocks });
            return { ok: true, channel: place, ts };
          }),
        update: ({ channel, ts, text, blocks }: Message & { ts: string }) =>
          call(process, `update ${channel} ${ts}`, WRITE_FAULTS, () => {
            if (!messages.has(`${channel} ${ts}`)) throw platformError("message_not_found");
            messages.set(`${channel} ${ts}`, { channel, text, blocks });
            return { ok: true, channel, ts };
          }),
      },
    }) as unknown as WebClient;

  return {
    messenger: (process) => createMessenger(async () => clientOf(process), [CAT]),
    directory: (process) => ({
      members: (usergroup) =>
        call(process, `members ${usergroup}`, READ_FAULTS, () => new Set([LEE])),
    }),
    messages,
    deleteOne() {
      const [[place, message] = []] = messages;
      if (place === undefined || message === undefined) return false;
      messages.delete(place);
      deletedAt.set(grantIn(message), loop.now());
      world.trace?.(() => `somebody deletes the message ${place}`);
      return true;
    },
    deletedAt,
    goAway(until) {
      awayUntil = until;
      world.trace?.(() => "Slack goes away");
    },
  };
}

/** The id of the grant that a message is about. */
export function grantIn({ blocks }: Message): string {
  return /LK-[0-9A-Z]{10}/.exec(JSON.stringify(blocks))?.[0] ?? "none";
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

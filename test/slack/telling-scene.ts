// The messenger before an emulated Slack: a clock that a test moves, pauses, what the table keeps, and answers that get lost.

import { WebAPIRequestError, type WebClient } from "@slack/web-api";
import type { Home, Pauses, Telling, Told } from "../../lib/broker/ports.ts";
import type { Grant } from "../../lib/grant/grant.ts";
import { createMessenger } from "../../lib/slack/messenger.ts";
import { createWebClient } from "../../lib/slack/web-client.ts";
import type { HomeShown, Shown } from "../../lib/store/store.ts";
import { type ApiCall, startWebApi } from "../../local/slack/web-api.ts";
import { createWorkspace } from "../../local/slack/workspace.ts";
import type { SlackMessage } from "../../local/slack/workspace-state.ts";
import { ASKED_AT } from "../support/grants.ts";
import { anEntitlement, BOB, CAT, LEE, MINUTE } from "../support/world.ts";

export const CHANNEL = "C0ACCESS";

/** An entitlement whose approvers are each sent a message, and whose end may be put off. */
const DIRECT = anEntitlement("web-pods-read", {
  approval: { kind: "approvers", by: ["platform-leads"], count: 1, notify: "direct" },
  extend: { max: 2, by: "approval" },
});

export type TellingScene = Awaited<ReturnType<typeof createTellingScene>>;

export async function createTellingScene() {
  let now = ASKED_AT + 2 * MINUTE;
  const workspace = createWorkspace({ now: () => now });
  const api = await startWebApi({ workspace });
  const client = createWebClient(workspace.state.botToken, api.apiUrl, 5_000);
  const landing: (() => Promise<unknown>)[] = [];
  let late = 0;
  let lateReplies = 0;
  const pausedUntil = new Map<string, number>();
  const pauses: Pauses = {
    until: (place) => pausedUntil.get(place) ?? 0,
    note: (place, until) => pausedUntil.set(place, until),
  };
  const landed = new Set<ApiCall>();
  const sent = withLateWrites(client, {
    isLate: (what) => (what === "edit" ? late-- > 0 : lateReplies-- > 0),
    landing,
  });
  const messenger = createMessenger(async () => sent, [CAT], { now: () => now });
  let stored: Shown = { version: 0, messages: {} };
  let version = 0;
  let seen: Grant | undefined;

  const scene = {
    workspace,
    api,
    messenger,
    pauses,
    pausedUntil,
    now: () => now,
    stored: () => stored,
    /** The calls that the messenger made, without those that only landed late. */
    calls: () => api.calls.filter((call) => !landed.has(call)),
    /** Time passes; what was under way lands meanwhile. */
    async wait(ms: number) {
      const made = api.calls.length;
      for (const land of landing.splice(0)) await land().catch(() => undefined);
      for (const call of api.calls.slice(made)) landed.add(call);
      now += ms;
    },
    /** The next edits get no answer, and land only when time passes. */
    loseNextEdits(count = 1) {
      late = count;
    },
    /** As `loseNextEdits`, for messages in a thread. */
    loseNextReplies(count = 1) {
      lateReplies = count;
    },
    telling: (): Telling => ({
      now,
      entitlement: DIRECT,
      usergroups: [],
      listed: [BOB, LEE],
      approvers: [BOB, LEE],
      background: { at: ASKED_AT, live: [], timesIn30Days: 0 },
    }),
    /** Has the messenger tell of `grant`, and keeps what it says as the table would. */
    async tell(
      grant: Grant,
      more: {
        readonly keep?: (shown: Shown) => Promise<boolean>;
        readonly telling?: Partial<Telling>;
        /** The function dies before it stores what stands. */
        readonly dies?: boolean;
        /** The announcer before has died. */
        readonly isTakenOver?: true;
      } = {},
    ): Promise<Told> {
      if (grant !== seen) version += 1;
      seen = grant;
      const telling: Telling = { ...scene.telling(), ...more.telling };
      const keep = async (shown: Shown) => {
        const isHeld = (await more.keep?.(shown)) ?? true;
        if (isHeld) stored = shown;
        return isHeld;
      };
      const { isTakenOver } = more;
      const held = { grant, version, shown: stored, ...(isTakenOver && { isTakenOver }) };
      const told = await messenger.show(held, telling, { pauses, keep });
      if (more.dies !== true) stored = told.shown;
      return told;
    },
    publish: (home: Home, before: HomeShown = {}) => messenger.publishHome(home, before, pauses),
    /** The calls that `act` makes, by method and whom or what they are for; refused ones with their error. */
    async callsOf(act: () => Promise<unknown>): Promise<readonly string[]> {
      const before = api.calls.length;
      await act();
      return api.calls.slice(before).map(({ method, args, error }) => {
        const name = `${method} ${args["channel"] ?? args["user_id"] ?? args["user"] ?? ""}`;
        return error === undefined ? name : `${name}: ${error}`;
      });
    },
    /** What stands in the channel itself, outside of threads. */
    cards: () => workspace.channelMessages(CHANNEL).filter(({ thread_ts }) => !thread_ts),
    /** The cards with something to click on. */
    liveCards: () => scene.cards().filter(isLive),
    /** What has been said in a message's thread. */
    thread: (card: SlackMessage) => workspace.thread(card).map(({ text }) => text),
    close: () => api.close(),
  };
  return scene;
}

/** True where a message has something to click on. */
export function isLive({ blocks = [] }: SlackMessage): boolean {
  return blocks.some(({ type }) => type === "actions");
}

/** The client as it is, but that edits and replies may get no answer and land later. */
function withLateWrites(
  client: WebClient,
  late: {
    readonly isLate: (what: "edit" | "reply") => boolean;
    readonly landing: (() => Promise<unknown>)[];
  },
): WebClient {
  const { chat } = client;
  const lose = (write: () => Promise<unknown>) => {
    late.landing.push(write);
    throw new WebAPIRequestError(new Error("socket hang up"));
  };
  const update = async (args: Parameters<typeof chat.update>[0]) =>
    late.isLate("edit") ? lose(() => chat.update(args)) : chat.update(args);
  const postMessage = async (args: Parameters<typeof chat.postMessage>[0]) =>
    args?.thread_ts !== undefined && late.isLate("reply")
      ? lose(() => chat.postMessage(args))
      : chat.postMessage(args);
  return Object.assign(Object.create(client), {
    chat: Object.assign(Object.create(chat), { update, postMessage }),
  }) as WebClient;
}

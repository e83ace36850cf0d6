// A page for tests of its parts: the workspace of the scenario, seen by one of its people, with nothing going on.

import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { type Page, PageContext } from "../../../local/page/app/page-state.tsx";
import type { SlackPart } from "../../../local/page/protocol.ts";
import { acmeWorkspace } from "../../../local/slack/workspace-state.ts";
import { ASKED_AT } from "../../support/grants.ts";

/** What is sent of Slack where nothing has happened, but for `more`. */
export function aSlackPart(more: Partial<SlackPart> = {}): SlackPart {
  const { team, app, users, channels, usergroups } = acmeWorkspace();
  return {
    team,
    app: { botUser: app.botUser, name: "Latchkey", commands: [], shortcuts: [] },
    users,
    cast: [],
    usergroups,
    channels,
    messages: [],
    homes: {},
    modals: {},
    ...more,
  };
}

/** `children` as HTML, as `me` sees them two minutes after the scenario's request. */
export function html(children: ReactNode, me = "U0ADA", slack: SlackPart = aSlackPart()): string {
  const now = ASKED_AT + 120_000;
  const page: Page = {
    state: {
      slack,
      access: {
        lookedAt: now,
        groups: [],
        mayAssume: [],
        questions: [],
        awsAuth: { cluster: "", lines: [] },
        grants: [],
      },
      stage: { now, speed: 1, faults: [] },
      work: { passes: [] },
    },
    connected: "open",
    me,
    play: () => {},
    act: async () => ({}),
    stage: async () => ({}),
    now: () => now,
  };
  return renderToStaticMarkup(<PageContext value={page}>{children}</PageContext>);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#x27;": "'",
};

/** What people read of `markup`. */
export function words(markup: string): string {
  return decoded(markup.replace(/<br\/>/g, "\n").replace(/<[^>]*>/g, ""));
}

/** The tags of `markup`, with all that is in them, in order. */
export function tags(markup: string): readonly string[] {
  return markup.match(/<[^>]*>/g) ?? [];
}

export function decoded(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#x27);/g, (whole) => ENTITIES[whole] ?? whole);
}

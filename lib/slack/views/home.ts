// The App Home: what somebody has and waits for, what waits for them, what they had; each with the one thing to do about it.

import type { Button, HomeView, KnownBlock } from "@slack/types";
import type { Home } from "../../broker/ports.ts";
import type { Grant } from "../../grant/grant.ts";
import type { SlackUserId } from "../../grant/ids.ts";
import { formatDuration } from "../../policy/duration.ts";
import { ACTIONS, COMMAND } from "../names.ts";
import { byWhom, when } from "../text.ts";
import { actions, button, context, header, section, sectionWith } from "./blocks.ts";
import { againButton, cancelButton, endButton, reviewButton } from "./buttons.ts";
import { lineOf, titleOf } from "./grant-words.ts";
import { nothingToAsk } from "./help.ts";

/** A view holds 100 blocks: these, and a dozen of ours. */
const MOST_OWN = 40;
const MOST_WAITING = 30;
const MOST_RECENT = 10;

/** What somebody sees who opens Latchkey's home. NB. Nothing in it changes by itself: it is sent when it does. */
export function homeView(home: Home, admins: readonly SlackUserId[]): HomeView {
  return {
    type: "home",
    blocks: [
      header("Your access"),
      ...(home.canAsk
        ? actions("ask", [
            button(ACTIONS.openForm, "Request access", undefined, "opens the form", {
              style: "primary",
            }),
          ])
        : [section(nothingToAsk(admins.filter((admin) => admin !== home.user)))]),
      ...own(home),
      ...waiting(home),
      ...recent(home),
    ],
  };
}

function own({ own: grants }: Home): KnownBlock[] {
  if (grants.length === 0) return [section("You have no access now, and wait for none.")];
  const shown = grants.slice(0, MOST_OWN);
  return [
    ...shown.map((grant) => entry("own", grant, lineOf(grant), ownButton(grant))),
    ...more(grants.length - shown.length, `\`${COMMAND} mine\` names them`),
  ];
}

function ownButton(grant: Grant): Button | undefined {
  if (grant.status === "pending") return cancelButton(grant, "Cancel");
  return grant.status === "active" || grant.status === "approved" ? endButton(grant) : undefined;
}

function waiting({ waiting: grants }: Home): KnownBlock[] {
  if (grants.length === 0) return [];
  const shown = grants.slice(0, MOST_WAITING);
  return [
    header(`Waiting for you (${grants.length})`),
    ...shown.map((grant) => entry("waiting", grant, waitingLine(grant), reviewButton(grant))),
    ...more(
      grants.length - shown.length,
      "they come up as you decide; their cards are in their channels",
    ),
  ];
}

function waitingLine(grant: Grant): string {
  const who = byWhom(grant.requester);
  const length = formatDuration(grant.durationMs);
  const title = `*${titleOf(grant, 150)}*`;
  const what =
    grant.status === "active"
      ? `${title}: ${length} more\nends ${when(grant.window.expiresAt)}`
      : `${title}: ${length}\n${grant.status === "pending" ? `lapses ${when(grant.lapsesAt)}` : "decided"}`;
  return `🟡 ${who} · ${what} · ${grant.id}`;
}

function recent({ recent: grants }: Home): KnownBlock[] {
  if (grants.length === 0) return [];
  const shown = grants.slice(0, MOST_RECENT);
  return [
    header("Recent"),
    ...shown.map((grant) => entry("recent", grant, lineOf(grant), againButton(grant))),
    ...more(grants.length - shown.length, `\`${COMMAND} mine\` names them`),
  ];
}

function entry(
  kind: string,
  grant: Grant,
  line: string,
  accessory: Button | undefined,
): KnownBlock {
  return accessory === undefined
    ? section(line)
    : sectionWith(line, accessory, `${kind}.${grant.id}`);
}

function more(count: number, how: string): KnownBlock[] {
  return count <= 0 ? [] : [context(`and ${count} more: ${how}.`)];
}

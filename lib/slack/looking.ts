// What people look at, and what Slack says of the app itself: nothing of it changes a grant.

import type { App } from "@slack/bolt";
import { grantsOfPerson } from "../broker/look-up.ts";
import { whatCanBeAsked } from "../broker/request-access.ts";
import { parseSlackUserId, type SlackUserId } from "../grant/ids.ts";
import { adminsBeside } from "../policy/membership.ts";
import type { SlackPorts } from "./clicks.ts";
import type { Look } from "./command-text.ts";
import { EVENTS } from "./names.ts";
import { helpText, listText } from "./views/help.ts";
import { mineMessage } from "./views/mine.ts";
import { privately, type Whisper } from "./whisper.ts";

/** What somebody wants to see: how to ask, what they may ask for, or what they have. */
export async function lookUp(ports: SlackPorts, by: SlackUserId, look: Look): Promise<Whisper> {
  const admins = adminsBeside(ports.policy, by);
  switch (look) {
    case "help":
      return privately(helpText(await whatCanBeAsked(ports, by), admins));
    case "list":
      return privately(listText(await whatCanBeAsked(ports, by), admins));
    case "mine": {
      const { text, blocks } = mineMessage(await grantsOfPerson(ports, by), ports.clock.now());
      return privately(text, blocks);
    }
    default:
      throw new TypeError(`unknown look ${JSON.stringify(look satisfies never)}`);
  }
}

export function listenForEvents(app: App, ports: SlackPorts): void {
  app.event(EVENTS.homeOpened, async ({ event }) => {
    if (event.tab !== "home") return;
    const user = parseSlackUserId(event.user);
    await ports.store.homeOpened(user, ports.clock.now());
    await ports.showHome(user);
  });

  app.event(EVENTS.uninstalled, async () => {
    ports.log.error(
      "the Slack app was uninstalled: nobody can ask, decide or be told until it is installed again and its new bot token is in the parameter; access that is there still ends on time",
    );
  });

  app.event(EVENTS.tokensRevoked, async () => {
    ports.log.error(
      "Slack has revoked tokens of the app: where the bot's is among them, nobody can be told anything until the app is installed again and its new bot token is in the parameter; access that is there still ends on time",
    );
  });
}

// The Slack function between an emulated Slack and a broker in memory: people do what they do, and one sees what they see.

import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { type AccessRequest, requestAccess } from "../../lib/broker/request-access.ts";
import type { GrantId, SlackUserId } from "../../lib/grant/ids.ts";
import { createSlackApp } from "../../lib/slack/app.ts";
import type { SlackPorts } from "../../lib/slack/clicks.ts";
import { createGate } from "../../lib/slack/receive.ts";
import { button } from "../../lib/slack/views/blocks.ts";
import { createWebClient } from "../../lib/slack/web-client.ts";
import { deliver, type Word } from "../../lib/slack/whisper.ts";
import { type Delivery, playPeople } from "../../local/slack/people.ts";
import { modalText, textOf } from "../../local/slack/render-text.ts";
import { bodyText, type LambdaAnswer } from "../../local/slack/requests.ts";
import { startWebApi } from "../../local/slack/web-api.ts";
import { createWorkspace } from "../../local/slack/workspace.ts";
import type { SlackMessage, SlackView } from "../../local/slack/workspace-state.ts";
import { ADA, createWorld, type World } from "../support/world.ts";

const SECRET = "a secret of this test";

/** Whoever waits for something with a bound to it waits until it is there. */
export const NOT_IN_A_HURRY = { sleep: (_ms: number) => new Promise<void>(() => {}) };

export type Scene = Awaited<ReturnType<typeof createScene>>;

/** `ports` differ from the world's where a test says so. Nobody is in a hurry unless it does. */
export async function createScene(
  world: World = createWorld(),
  portsOf: (ports: SlackPorts) => Partial<SlackPorts> = () => ({}),
) {
  const workspace = createWorkspace({ now: world.now });
  const api = await startWebApi({ workspace });
  const { botToken } = workspace.state;
  const words: Word[] = [];
  const homes: SlackUserId[] = [];
  const usual: SlackPorts = {
    ...world.ports,
    clock: { now: world.now, ...NOT_IN_A_HURRY },
    say: async (word) => {
      words.push(word);
      return true;
    },
    showHome: async (user) => {
      homes.push(user);
      return true;
    },
  };
  const ports: SlackPorts = {
    ...usual,
    ...portsOf(usual),
    // As it is deployed at the moment.
    get policy() {
      return world.policy();
    },
  };
  const gate = createGate({
    ...ports,
    team: "T0ACME",
    app: workspace.app.id,
    signingSecrets: async () => [SECRET],
    handle: createSlackApp({ ports, apiUrl: api.apiUrl, botToken: async () => botToken }),
  });
  const people = playPeople({
    workspace,
    signingSecret: SECRET,
    hooksUrl: api.hooksUrl,
    stopwatch: () => 0,
    deliver: async (event) =>
      (await gate(event as unknown as APIGatewayProxyEventV2)) as LambdaAnswer,
  });

  /** Says what waits to be said, as the announcer does. */
  const sayAll = async () => {
    const client = async () => createWebClient(botToken, api.apiUrl);
    for (const word of words.splice(0)) await deliver({ client, log: ports.log }, word);
  };

  const buttonOf = (actionId: string, value: string | undefined) => ({
    type: "actions",
    elements: [button(actionId, "A button", value, "A button of this test")],
  });

  return {
    world,
    ports,
    workspace,
    api,
    people,
    homes,
    as: people.as,
    close: () => api.close(),

    /** A request of Ada's. */
    async asked(more: Partial<AccessRequest> = {}): Promise<GrantId> {
      const asked = { by: ADA, entitlementId: "web-pods-read", from: "test", ...more };
      const verdict = await requestAccess(world.ports, asked);
      if (!verdict.allowed) throw new Error(JSON.stringify(verdict.reasons));
      return verdict.grant.id;
    },

    /** Clicks a button in the channel: as on a card. */
    click(who: string, actionId: string, value?: string): Promise<Delivery> {
      const blocks = [buttonOf(actionId, value)];
      const message = workspace.post({
        channel: "C0ACCESS",
        user: workspace.app.botUser,
        text: "A card",
        blocks,
      });
      return people.as(who).click(message, actionId);
    },

    /** Clicks a button on their App Home. */
    clickAtHome(who: string, actionId: string, value?: string): Promise<Delivery> {
      workspace.publishHome(who, { type: "home", blocks: [buttonOf(actionId, value)] });
      const home = workspace.home(who);
      if (home === undefined) throw new Error("there is no home");
      return people.as(who).click(home, actionId);
    },

    /** The form on somebody's screen. */
    form(who: string): SlackView {
      const open = workspace.openView(who);
      if (open === undefined) throw new Error(`${who} has no form open`);
      return open.view;
    },
    /** What somebody reads in it. */
    screen(who: string): string {
      const open = workspace.openView(who);
      return open === undefined ? "" : modalText(workspace, open);
    },
    errors: (who: string) => workspace.openView(who)?.errors,

    /** The last that somebody, and nobody else, was told where they clicked. */
    async whispered(who: string): Promise<SlackMessage | undefined> {
      await sayAll();
      return workspace.ephemeralsFor(who).at(-1);
    },
    /** The last direct message to somebody. */
    async directMessage(who: string): Promise<SlackMessage | undefined> {
      await sayAll();
      return workspace.messagesFor(who).at(-1);
    },
    text: (message: SlackMessage | undefined) =>
      message === undefined ? "" : textOf(workspace, message),
    /** What was called of Slack, in this order. */
    called: () => api.calls.map(({ method }) => method),
  };
}

/** What the app answered to a command. */
export function said(delivery: Delivery): string {
  const body = bodyText(delivery.answer);
  return body === "" ? "" : String((JSON.parse(body) as { text?: string }).text);
}

/** The answer to whatever needs no words. */
export const ACKNOWLEDGED = { statusCode: 200, body: "" };

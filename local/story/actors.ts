// What the people of the story do in Slack, and what they see there.

import type { ConfirmationDialog } from "@slack/types";
import { ACTIONS } from "../../lib/slack/names.ts";
import { textOf } from "../slack/render-text.ts";
import type { SlackMessage } from "../slack/workspace-state.ts";
import type { Stack } from "../stack.ts";
import type { Teller } from "./teller.ts";

const REQUESTER = "U0ADA";
const APPROVER = "U0BOB";
const CHANNEL = "C0ACCESS";

export type Actors = ReturnType<typeof actorsIn>;

export function actorsIn(stack: Stack, teller: Teller) {
  const { people, workspace } = stack;
  const shown = (message: SlackMessage) => textOf(workspace, message);
  // What stands in its thread is told elsewhere.
  const card = () => {
    const latest = workspace
      .channelMessages(CHANNEL)
      .findLast(({ thread_ts }) => thread_ts === undefined);
    if (latest === undefined) throw new Error("there is no card in the channel");
    return latest;
  };
  const shows = (state: string) => shown(card()).includes(state);

  return {
    /** Whether the latest card in the channel shows a word. */
    shows,

    /** Ada types a command; the approvers see the card. */
    async ask(command: string): Promise<void> {
      teller.step(stack.now(), "Ada asks in Slack.");
      teller.slack("#access-requests · Ada types", command);
      const [name = "", ...words] = command.split(" ");
      const { failure } = await people.as(REQUESTER).command(name, words.join(" "));
      if (failure !== undefined) throw new Error(failure);
      await stack.settle();
      teller.slack("#access-requests · what everyone there sees", shown(card()));
      teller.check(shows("Pending"), "the card says Pending: it waits for one of the approvers");
    },

    /** Bob clicks Approve and confirms. */
    async approve(): Promise<void> {
      teller.step(stack.now(), "Bob Lindqvist, a platform lead, clicks Approve.");
      const { confirm, failure } = await people.as(APPROVER).click(card(), ACTIONS.approve);
      if (failure !== undefined) throw new Error(failure);
      if (confirm !== undefined) teller.slack("Slack asks Bob", shown(asMessage(confirm)));
      await stack.settle();
      teller.check(shows("Active"), "the card says Active: the access was written, and read back");
    },

    /** The latest message that Ada got. */
    tellAda(state: string): void {
      const message = workspace.messagesFor(REQUESTER).at(-1);
      const text = message === undefined ? "(nothing)" : shown(message);
      teller.slack("Latchkey · a direct message to Ada", text);
      teller.check(text.includes(state), `Ada has been told: ${state}`);
    },
  };
}

function asMessage({ title, text, confirm, deny }: ConfirmationDialog): SlackMessage {
  const buttons = [deny, confirm].flatMap((label) => (label ? [`[${label.text}]`] : []));
  const words = [title?.text ?? "", text.text, buttons.join(" ")].join("\n");
  return { channel: "", ts: "", user: "", text: words };
}

// What a person does in Slack without clicking in a message: slash commands, shortcuts, the home tab, plain talk.

import * as payloads from "./payloads.ts";
import type { Delivery, PostOffice } from "./post-office.ts";
import type { Workspace } from "./workspace.ts";
import { SlackRefusal } from "./workspace-core.ts";
import type { SlackUser } from "./workspace-state.ts";

export function commandsOf(slack: PostOffice, person: SlackUser) {
  const { workspace } = slack;
  const { app } = workspace;

  /** A channel that the person is in; `im` for the direct message with the bot. */
  const roomFor = (user: SlackUser, id: string) => {
    const room = id === "im" ? workspace.directMessage(user.id) : workspace.channel(id);
    if (room === undefined || !room.members.includes(user.id)) {
      throw new Error(`${user.real_name} is not in ${id}`);
    }
    if (room.im_user !== undefined && app.installation?.isMessagesTabReadOnly) {
      throw new Error("nothing can be typed in the app's messages tab");
    }
    return room;
  };

  /** Opens the app's home, of which it is told. */
  const openTab = async (tab: "home" | "messages"): Promise<Delivery> => {
    const user = slack.signedIn(person);
    const { installation } = app;
    const has = tab === "home" ? installation?.hasHomeTab : installation?.hasMessagesTab;
    if (has === false) throw new Error(`the app has no ${tab} tab`);
    const type = "app_home_opened";
    if (installation && !installation.events.includes(type)) {
      throw new Error(`the app has not subscribed to ${type}`);
    }
    const view = tab === "home" ? workspace.home(user.id) : undefined;
    const channel = workspace.directMessage(user.id).id;
    const event = { type, user: user.id, channel, tab, event_ts: workspace.nextTs() };
    return slack.postJson(
      payloads.eventCallback(workspace, { ...event, ...(view !== undefined && { view }) }),
    );
  };

  return {
    /**
     * Types a slash command. `channel`: where, by default #access-requests; `im` for the app's messages tab.
     *
     * @throws Error where the person is not there, or the app has no such command
     */
    command(command: string, text = "", { channel = "C0ACCESS" } = {}): Promise<Delivery> {
      const user = slack.signedIn(person);
      const room = roomFor(user, channel);
      if (app.installation && !app.installation.commands.includes(command)) {
        throw new Error(`${command} is not a valid command`);
      }
      const form = payloads.slashCommand(workspace, user, {
        command,
        text,
        channel: room,
        triggerId: workspace.issueTrigger(user.id),
        responseUrl: slack.hookUrl({ user: user.id, channel: room.id }),
      });
      const failureWords = (code: string) => `${command} failed with the error "${code}"`;
      return slack.postForm(form, {
        failureWords,
        answered: (answer) => showCommandAnswer(workspace, user, room.id, answer, failureWords),
      });
    },

    /** Runs a global shortcut from the menu beside the message box. @throws Error where the app has none such */
    shortcut(callbackId: string): Promise<Delivery> {
      const user = slack.signedIn(person);
      if (app.installation && !app.installation.shortcuts.includes(callbackId)) {
        throw new Error(`the app has no shortcut "${callbackId}"`);
      }
      const triggerId = workspace.issueTrigger(user.id);
      return slack.postPayload(
        payloads.globalShortcut(workspace, user, { callbackId, triggerId }),
        {
          failureWords: (code) => `The shortcut failed with the error "${code}"`,
        },
      );
    },

    /**
     * Opens the app's home tab.
     *
     * @throws Error where the app has none, or is not told since it has not subscribed to that
     */
    openHome: () => openTab("home"),

    /** Opens the app's messages tab, where its direct messages are; the same event with another `tab`. */
    openMessages: () => openTab("messages"),

    /** Says something in a channel; the app hears nothing of it. */
    say(channel: string, text: string, thread_ts?: string) {
      const user = slack.signedIn(person);
      return workspace.post({ channel: roomFor(user, channel).id, user: user.id, text, thread_ts });
    },
  };
}

/** The answer to a command is a message: to the person alone, unless it says otherwise. */
function showCommandAnswer(
  workspace: Workspace,
  user: SlackUser,
  channel: string,
  answer: string,
  failureWords: (code: string) => string,
): string | undefined {
  if (answer === "") return undefined;
  const { text, blocks, response_type } = commandAnswer(answer);
  try {
    workspace.post({
      channel,
      user: workspace.app.botUser,
      text,
      blocks,
      ...(response_type !== "in_channel" && { only_for: user.id }),
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    return failureWords("invalid_command_response");
  }
}

function commandAnswer(answer: string): {
  readonly text?: string;
  readonly blocks?: unknown;
  readonly response_type?: string;
} {
  try {
    const parsed: unknown = JSON.parse(answer);
    return typeof parsed === "object" && parsed !== null ? parsed : { text: answer };
  } catch {
    return { text: answer };
  }
}

// What a person does in Slack without clicking in a message: slash commands, shortcuts, the home tab, plain talk.

import * as payloads from "./payloads.ts";
import type { Delivery, PostOffice } from "./post-office.ts";
import type { Workspace } from "./workspace.ts";
import { SlackRefusal } from "./workspace-core.ts";
import type { SlackUser } from "./workspace-state.ts";

export function commandsOf(slack: PostOffice, user: SlackUser) {
  const { workspace } = slack;

  /** A channel that the person is in; `im` for the direct message with the bot. */
  const roomFor = (id: string) => {
    const room = id === "im" ? workspace.directMessage(user.id) : workspace.channel(id);
    if (room?.members.includes(user.id)) return room;
    throw new Error(`${user.real_name} is not in ${id}`);
  };

  return {
    /** Types a slash command. `channel`: where, by default #access-requests; `im` for the app's messages tab. */
    command(command: string, text = "", { channel = "C0ACCESS" } = {}): Promise<Delivery> {
      const room = roomFor(channel);
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

    /** Runs a global shortcut from the lightning menu. */
    shortcut(callbackId: string): Promise<Delivery> {
      const triggerId = workspace.issueTrigger(user.id);
      return slack.postPayload(
        payloads.globalShortcut(workspace, user, { callbackId, triggerId }),
        {
          failureWords: (code) => `The shortcut failed with the error "${code}"`,
        },
      );
    },

    /** Opens the app's home tab. */
    openHome(): Promise<Delivery> {
      const view = workspace.home(user.id);
      return slack.postJson(
        payloads.eventCallback(workspace, {
          type: "app_home_opened",
          user: user.id,
          channel: workspace.directMessage(user.id).id,
          tab: "home",
          event_ts: workspace.nextTs(),
          ...(view !== undefined && { view }),
        }),
      );
    },

    /** Says something in a channel; the app hears nothing of it. */
    say(channel: string, text: string, thread_ts?: string) {
      return workspace.post({ channel: roomFor(channel).id, user: user.id, text, thread_ts });
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

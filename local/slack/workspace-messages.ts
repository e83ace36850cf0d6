// Messages of the emulated workspace: posting, editing and deleting, with the checks that Slack makes.

import { type SlackBlock, validateMessage } from "./block-kit.ts";
import { withIds } from "./element-state.ts";
import { replace, SlackRefusal, type WorkspaceCore } from "./workspace-core.ts";
import type { SlackMessage } from "./workspace-state.ts";

/** A message as it is given to Slack; `blocks` is looked at as strictly as Slack does. */
export interface Draft {
  readonly channel: string;
  readonly user: string;
  readonly text?: string | undefined;
  readonly blocks?: unknown;
  readonly thread_ts?: string | undefined;
  readonly metadata?: unknown;
  readonly only_for?: string | undefined;
}

export function messagesOf({ state, emit, nextId, nextTs }: WorkspaceCore) {
  const checked = (
    blocks: unknown,
    text: string | undefined,
  ): readonly SlackBlock[] | undefined => {
    const rejection = validateMessage(blocks, text);
    if (rejection !== undefined) throw new SlackRefusal(rejection.error, rejection.problems);
    const given = blocks as readonly SlackBlock[] | undefined;
    return given === undefined ? undefined : withIds(given, () => nextId("b"));
  };

  /** Whether a thread goes on there: its first message stands, or replies to one that was deleted do. */
  const isThread = (channel: string, ts: string): boolean =>
    state.messages.some(
      (one) =>
        one.channel === channel && one.only_for === undefined && (one.thread_ts ?? one.ts) === ts,
    );

  /**
   * Where a message goes. NB. What answers a message that is gone is not refused: Slack puts it into the
   * channel, and only the lack of a `thread_ts` in its answer tells (slack-go/slack#1571,
   * langchain-ai/open-swe#2753). A reply's `ts` is refused here, where Slack merely warns of it.
   */
  const threadOf = ({ channel, thread_ts: ts }: Draft): string | undefined => {
    if (ts === undefined) return undefined;
    const answered = state.messages.find((one) => one.channel === channel && one.ts === ts);
    if (!/^\d{10}\.\d{6}$/.test(ts) || (answered && isReply(answered))) {
      throw new SlackRefusal("invalid_thread_ts");
    }
    return isThread(channel, ts) ? ts : undefined;
  };

  const post = (draft: Draft): SlackMessage => {
    const blocks = checked(draft.blocks, draft.text);
    const thread_ts = threadOf(draft);
    const message: SlackMessage = {
      channel: draft.channel,
      ts: nextTs(),
      user: draft.user,
      ...(draft.user === state.app.botUser && { bot_id: state.app.botId }),
      text: draft.text ?? "",
      ...(blocks !== undefined && { blocks }),
      ...(thread_ts !== undefined && { thread_ts }),
      ...(draft.metadata !== undefined && { metadata: draft.metadata }),
      ...(draft.only_for !== undefined && { only_for: draft.only_for }),
    };
    state.messages.push(message);
    emit({ type: "message_posted", message });
    return message;
  };

  /**
   * Changes text, blocks or both. Blocks that are not given again stay only where no text is given
   * either, and only an edited text leaves a mark (chat.update).
   */
  const edit = (
    message: SlackMessage,
    content: {
      readonly text?: string | undefined;
      readonly blocks?: unknown;
      readonly metadata?: unknown;
    },
  ): SlackMessage => {
    const blocks = checked(content.blocks, content.text);
    const { blocks: oldBlocks, ...old } = message;
    const shown = blocks ?? (content.text === undefined ? oldBlocks : undefined);
    const changed: SlackMessage = {
      ...old,
      text: content.text ?? old.text,
      ...(shown !== undefined && { blocks: shown }),
      ...(content.metadata !== undefined && { metadata: content.metadata }),
      ...(blocks === undefined && { edited: { user: message.user, ts: nextTs() } }),
    };
    replace(state.messages, isSame(message), () => changed);
    emit({ type: "message_changed", message: changed });
    return changed;
  };

  /** Its time for edits is over, as a workspace's settings may have it. It can still be deleted. */
  const freeze = (message: SlackMessage): void => {
    replace(state.messages, isSame(message), (one) => ({ ...one, frozen: true }));
  };

  const remove = (message: SlackMessage) => {
    const index = state.messages.findIndex(isSame(message));
    if (index === -1) return;
    state.messages.splice(index, 1);
    emit({ type: "message_deleted", message });
  };

  return {
    post,
    edit,
    freeze,
    remove,
    find(channel: string, ts: string): SlackMessage | undefined {
      return state.messages.find((one) => one.channel === channel && one.ts === ts);
    },
    /** What everyone in a channel sees, replies in threads included, oldest first. */
    channelMessages(channel: string): readonly SlackMessage[] {
      return state.messages.filter((one) => one.channel === channel && one.only_for === undefined);
    },
    /** The replies in a message's thread. */
    thread(parent: SlackMessage): readonly SlackMessage[] {
      return state.messages.filter(
        (one) => one.channel === parent.channel && one.thread_ts === parent.ts,
      );
    },
    /** The bot's direct messages with someone. */
    messagesFor(userId: string): readonly SlackMessage[] {
      const rooms = state.channels.filter((one) => one.im_user === userId).map((one) => one.id);
      return state.messages.filter((one) => rooms.includes(one.channel) && !one.only_for);
    },
    /** What only this person sees, in any channel. */
    ephemeralsFor(userId: string): readonly SlackMessage[] {
      return state.messages.filter((one) => one.only_for === userId);
    },
  };
}

function isReply({ ts, thread_ts }: SlackMessage): boolean {
  return thread_ts !== undefined && thread_ts !== ts;
}

/** A message is known by its channel and `ts`, whatever it has been changed to. */
function isSame({ channel, ts }: SlackMessage): (other: SlackMessage) => boolean {
  return (other) => other.channel === channel && other.ts === ts;
}

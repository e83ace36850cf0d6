// One message: who, when, what, and what was answered to it.

import type { SlackMessage } from "../../../slack/workspace-state.ts";
import { MessageBody } from "../block-kit/message-body.tsx";
import { usePage } from "../page-state.tsx";
import { Avatar } from "./avatar.tsx";
import { asTyped, countOfReplies, type Row, repliesTo } from "./messages.ts";
import { markOf, nameOf, userIn } from "./people.ts";
import { fullTimeOf, msOf, timeOf } from "./times.ts";

interface MessageRowProps {
  readonly row: Row;
  readonly onThread?: (parent: SlackMessage) => void;
  readonly canReply: boolean;
}

export function MessageRow({ row, onThread, canReply }: MessageRowProps) {
  const { message, hasHead } = row;
  const isMine = message.only_for !== undefined;
  const classes = ["ws-message", hasHead ? "ws-has-head" : "", isMine ? "ws-only-you" : ""];
  return (
    <li className={classes.filter(Boolean).join(" ")} data-ts={message.ts}>
      {hasHead && <Avatar user={message.user} />}
      <div className="ws-message-main">
        {isMine && <p className={hasHead ? "ws-only-you-note" : "sr-only"}>Only visible to you</p>}
        <Head message={message} isHidden={!hasHead} />
        <MessageBody message={asTyped(message)} />
        {onThread && !isMine && (
          <Thread message={message} onThread={onThread} canReply={canReply} />
        )}
      </div>
    </li>
  );
}

/** Who wrote it, and when; for screen readers alone where the message above has it. */
function Head({ message, isHidden }: { message: SlackMessage; isHidden: boolean }) {
  const { slack } = usePage().state;
  const user = userIn(slack, message.user);
  const mark = user && markOf(slack, user);
  return (
    <p className={isHidden ? "sr-only" : "ws-message-head"}>
      <strong>{nameOf(slack, message.user)}</strong>
      {message.bot_id !== undefined && <span className="ws-tag">APP</span>}
      {mark && <span className="ws-tag">{mark}</span>}
      <time dateTime={new Date(msOf(message.ts)).toISOString()} title={fullTimeOf(message.ts)}>
        {timeOf(message.ts)}
      </time>
    </p>
  );
}

interface ThreadProps {
  readonly message: SlackMessage;
  readonly onThread: (parent: SlackMessage) => void;
  readonly canReply: boolean;
}

function Thread({ message, onThread, canReply }: ThreadProps) {
  const { state, me } = usePage();
  const replies = repliesTo(state.slack, message, me);
  const last = replies.at(-1);
  if (last !== undefined) {
    return (
      <button type="button" className="ws-replies" onClick={() => onThread(message)}>
        <Avatar user={last.user} isSmall />
        <strong>{countOfReplies(replies.length)}</strong>
        <span>last at {timeOf(last.ts)}</span>
      </button>
    );
  }
  if (!canReply) return null;
  return (
    <button type="button" className="ws-reply" onClick={() => onThread(message)}>
      Reply in thread
    </button>
  );
}

// Messages, oldest first, by day; the newest stay in sight.

import { Fragment, type ReactNode, useId } from "react";
import type { SlackMessage } from "../../../slack/workspace-state.ts";
import { usePage } from "../page-state.tsx";
import { MessageRow } from "./message-row.tsx";
import { byDay, countOfReplies } from "./messages.ts";
import { dayInWords } from "./times.ts";
import { useBottom } from "./use-bottom.ts";

interface MessageListProps {
  readonly label: string;
  readonly messages: readonly SlackMessage[];
  /** Stands above the first message. */
  readonly intro?: ReactNode;
  /** Not given in a thread: there are none in it. */
  readonly onThread?: (parent: SlackMessage) => void;
  readonly canReply?: boolean;
  /** In a thread: how many replies stand below its first message. */
  readonly replies?: number;
}

export function MessageList(props: MessageListProps) {
  const { label, messages, intro, onThread, canReply = false, replies } = props;
  const { now, me } = usePage();
  const newest = messages.at(-1);
  const isMine = newest?.user === me || newest?.only_for === me;
  const { scroller, content, onScroll, hasMore, toBottom } = useBottom(newest?.ts, isMine);
  const id = useId();
  return (
    <div className="ws-list">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled by keyboard */}
      <div ref={scroller} onScroll={onScroll} role="log" aria-label={label} tabIndex={0}>
        <div ref={content} className="ws-list-content">
          {intro}
          {byDay(messages).map(({ day, rows }) => (
            <section key={day} aria-labelledby={`${id}-${day}`} className="ws-day">
              <h3 id={`${id}-${day}`}>{dayInWords(rows[0]?.message.ts ?? "", now())}</h3>
              <ol>
                {rows.map((row) => (
                  <Fragment key={row.message.ts}>
                    <MessageRow row={row} {...(onThread && { onThread })} canReply={canReply} />
                    {replies !== undefined && row.message === messages[0] && (
                      <li className="ws-reply-count">{countOfReplies(replies)}</li>
                    )}
                  </Fragment>
                ))}
              </ol>
            </section>
          ))}
        </div>
      </div>
      {hasMore && (
        <button type="button" className="ws-more" onClick={toBottom}>
          New messages <span aria-hidden="true">↓</span>
        </button>
      )}
    </div>
  );
}

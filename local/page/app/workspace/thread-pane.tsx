// A thread beside its channel: the message that it is under, the replies, and a message box of its own.

import { useEffect, useRef } from "react";
import type { SlackMessage } from "../../../slack/workspace-state.ts";
import { usePage } from "../page-state.tsx";
import { Composer } from "./composer.tsx";
import { MessageList } from "./message-list.tsx";
import { repliesTo } from "./messages.ts";
import type { Drafts } from "./use-drafts.ts";

interface ThreadPaneProps {
  readonly parent: Pick<SlackMessage, "channel" | "ts">;
  readonly isReadOnly: boolean;
  readonly drafts: Drafts;
  readonly onClose: () => void;
}

export function ThreadPane({ parent, isReadOnly, drafts, onClose }: ThreadPaneProps) {
  const { state, me } = usePage();
  const { slack } = state;
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    title.current?.focus();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  const first = slack.messages.find(
    ({ channel, ts }) => channel === parent.channel && ts === parent.ts,
  );
  const replies = repliesTo(slack, parent, me);
  return (
    <section className="ws-thread" aria-labelledby="ws-thread-title">
      <header className="ws-title">
        <h2 id="ws-thread-title" ref={title} tabIndex={-1}>
          Thread
        </h2>
        <button type="button" className="ws-close" aria-label="Close thread" onClick={onClose}>
          <span aria-hidden="true">✕</span>
        </button>
      </header>
      <MessageList
        label="Thread"
        messages={[...(first ? [first] : []), ...replies]}
        {...(first && replies.length > 0 && { replies: replies.length })}
        intro={first === undefined && <p className="ws-intro">The first message was deleted.</p>}
      />
      {!isReadOnly && (
        <Composer
          key={me}
          channel={parent.channel}
          thread={parent.ts}
          label="Reply in thread"
          drafts={drafts}
        />
      )}
    </section>
  );
}

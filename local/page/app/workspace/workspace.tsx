// Slack as the person sees it whom the visitor plays: the list of places on the left, the place they look at, a thread beside it.

import { useEffect, useRef, useState } from "react";
import type { SlackMessage } from "../../../slack/workspace-state.ts";
import { ModalStack } from "../block-kit/modal-stack.tsx";
import { usePage } from "../page-state.tsx";
import { Conversation } from "./conversation.tsx";
import { HomeTab } from "./home-tab.tsx";
import { isMember } from "./people.ts";
import { isSame, type Place, roomOf } from "./place.ts";
import { Sidebar } from "./sidebar.tsx";
import { ThreadPane } from "./thread-pane.tsx";
import { useDrafts } from "./use-drafts.ts";
import { usePlace } from "./use-place.ts";
import { useSeen } from "./use-seen.ts";
import { useWrittenDraft } from "./use-written-draft.ts";
import { WroteToYou } from "./wrote-to-you.tsx";

export function Workspace() {
  const { state, me } = usePage();
  const [place, goTo] = usePlace();
  const seen = useSeen(place);
  const drafts = useDrafts();
  const [thread, openThread] = useState<Pick<SlackMessage, "channel" | "ts">>();
  const trouble = useOpening(place);
  const section = useRef<HTMLElement>(null);
  useWrittenDraft({ section, drafts, goTo, closeThread: () => openThread(undefined) });
  const room = roomOf(state.slack, me, place);
  const isReadOnly = place.kind === "messages";
  const hasThread = thread !== undefined && thread.channel === room;
  if (thread !== undefined && !hasThread) openThread(undefined);

  return (
    <div className="ws">
      <Sidebar
        place={place}
        seen={seen}
        onGo={(wanted) => !isSame(wanted, place) && goTo(wanted)}
      />
      <div className={hasThread ? "ws-middle ws-has-thread" : "ws-middle"}>
        <section ref={section} tabIndex={-1} className="ws-place" aria-labelledby="ws-place-title">
          {place.kind === "home" ? (
            <HomeTab key={me} trouble={trouble} />
          ) : (
            <Conversation
              key={`${place.kind} ${room}`}
              place={place}
              drafts={drafts}
              trouble={trouble}
              onThread={openThread}
            />
          )}
          <WroteToYou
            seen={seen}
            onLook={() => {
              goTo({ kind: "messages" });
              section.current?.focus();
            }}
          />
        </section>
        {hasThread && (
          <ThreadPane
            key={`${thread.channel} ${thread.ts}`}
            parent={thread}
            isReadOnly={isReadOnly}
            drafts={drafts}
            onClose={() => openThread(undefined)}
          />
        )}
      </div>
      <ModalStack />
    </div>
  );
}

/** Slack tells the app when somebody opens its home or its messages. @returns what went wrong with it */
function useOpening({ kind }: Place): string | undefined {
  const { state, act, me } = usePage();
  const isOpening = kind === "messages" || (kind === "home" && isMember(state.slack, me));
  const [trouble, setTrouble] = useState<{ readonly me: string; readonly text: string }>();
  useEffect(() => {
    setTrouble(undefined);
    if (!isOpening) return;
    let isStill = true;
    void act({ do: kind === "home" ? "open-home" : "open-messages" }).then((answer) => {
      if (isStill && answer.trouble !== undefined) setTrouble({ me, text: answer.trouble });
    });
    return () => {
      isStill = false;
    };
  }, [kind, isOpening, me, act]);
  return trouble?.me === me ? trouble.text : undefined;
}

// A channel, or the app's messages to somebody: its title, what was written there, and the message box.

import type { SlackChannel, SlackMessage } from "../../../slack/workspace-state.ts";
import { usePage } from "../page-state.tsx";
import { Composer } from "./composer.tsx";
import { MessageList } from "./message-list.tsx";
import { messagesIn } from "./messages.ts";
import { type Place, roomOf } from "./place.ts";
import type { Drafts } from "./use-drafts.ts";

interface ConversationProps {
  readonly place: Place;
  readonly drafts: Drafts;
  readonly trouble: string | undefined;
  readonly onThread: (parent: Pick<SlackMessage, "channel" | "ts">) => void;
}

export function Conversation({ place, drafts, trouble, onThread }: ConversationProps) {
  const { state, me } = usePage();
  const { slack } = state;
  const room = roomOf(slack, me, place);
  const channel = slack.channels.find(({ id }) => id === room);
  const isReadOnly = place.kind === "messages";
  const title = isReadOnly ? `${slack.app.name}: messages` : (channel?.name ?? "");
  return (
    <>
      <header className="ws-title">
        <h2 id="ws-place-title">
          {!isReadOnly && <span aria-hidden="true"># </span>}
          {title}
        </h2>
        {!isReadOnly && channel && <span>{memberCount(channel)}</span>}
      </header>
      {trouble !== undefined && (
        <p className="ws-trouble" role="alert">
          {trouble}
        </p>
      )}
      <MessageList
        label={`Messages: ${title}`}
        messages={messagesIn(slack, room, me)}
        onThread={onThread}
        canReply={!isReadOnly}
        intro={isReadOnly ? <MessagesIntro /> : <ChannelIntro name={title} />}
      />
      {isReadOnly || room === undefined ? (
        <p className="ws-read-only">Only {slack.app.name} writes here; you cannot answer.</p>
      ) : (
        <Composer key={me} channel={room} label={`Message #${title}`} drafts={drafts} />
      )}
    </>
  );
}

function memberCount({ members }: SlackChannel): string {
  return members.length === 1 ? "1 member" : `${members.length} members`;
}

function ChannelIntro({ name }: { name: string }) {
  const [command] = usePage().state.slack.app.commands;
  return (
    <div className="ws-intro">
      <p>
        <strong># {name}</strong> begins here.
      </p>
      {command && (
        <p>
          Type <kbd>{command.command}</kbd> in the box below and press Enter, or choose a shortcut
          with the <span aria-hidden="true">⚡</span>
          <span className="sr-only">Shortcuts</span> button.
        </p>
      )}
    </div>
  );
}

function MessagesIntro() {
  const { app } = usePage().state.slack;
  return (
    <div className="ws-intro">
      <p>
        What <strong>{app.name}</strong> has to tell you alone comes here.
      </p>
    </div>
  );
}

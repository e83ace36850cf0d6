// The left column: the workspace, whom the visitor plays, and the places that this person can go to.

import type { ReactNode } from "react";
import { usePage } from "../page-state.tsx";
import { channelsOf, directMessageOf, isSame, type Place } from "./place.ts";
import { isHomeNew, type Seen, unreadIn } from "./unread.ts";
import { UnreadMark } from "./unread-mark.tsx";
import { WhoYouAre } from "./who-you-are.tsx";

interface SidebarProps {
  readonly place: Place;
  readonly seen: Seen;
  readonly onGo: (place: Place) => void;
}

export function Sidebar(props: SidebarProps) {
  const { state, me } = usePage();
  const { slack } = state;
  const { seen } = props;
  const messages = directMessageOf(slack, me);
  return (
    <div className="ws-side">
      <h2 className="ws-team">{slack.team.name}</h2>
      <WhoYouAre seen={seen} />
      <nav aria-label="Channels and apps">
        <h3 className="ws-side-heading">Channels</h3>
        <ul>
          {channelsOf(slack, me).map(({ id, name, is_private }) => (
            <PlaceItem
              key={id}
              to={{ kind: "channel", channel: id }}
              {...props}
              unread={unreadIn(seen, slack, me, id)}
            >
              <span aria-hidden="true">#</span> {is_private ? `${name} (private)` : name}
            </PlaceItem>
          ))}
        </ul>
        <h3 className="ws-side-heading">Apps: {slack.app.name}</h3>
        <ul>
          <PlaceItem to={{ kind: "home" }} {...props} isNew={isHomeNew(seen, slack, me)}>
            Home
          </PlaceItem>
          <PlaceItem
            to={{ kind: "messages" }}
            {...props}
            unread={messages === undefined ? 0 : unreadIn(seen, slack, me, messages.id)}
          >
            Messages
          </PlaceItem>
        </ul>
      </nav>
    </div>
  );
}

interface PlaceItemProps extends SidebarProps {
  readonly to: Place;
  readonly unread?: number;
  readonly isNew?: boolean;
  readonly children: ReactNode;
}

function PlaceItem({ to, place, onGo, unread = 0, isNew = false, children }: PlaceItemProps) {
  const isHere = isSame(to, place);
  const classes = ["ws-go", unread > 0 || isNew ? "ws-is-new" : "", isHere ? "ws-is-here" : ""];
  return (
    <li>
      <button
        type="button"
        className={classes.filter(Boolean).join(" ")}
        onClick={() => onGo(to)}
        {...(isHere && { "aria-current": "page" as const })}
      >
        <span className="ws-go-name">{children}</span>
        <UnreadMark count={unread} />
        {isNew && <span className="ws-changed">new</span>}
      </button>
    </li>
  );
}

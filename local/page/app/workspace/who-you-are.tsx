// Whom the visitor plays: everybody of the cast, what has come for them, and what there is to try as them.

import type { Role } from "../../protocol.ts";
import { inOrder } from "../block-kit/in-order.ts";
import { usePage } from "../page-state.tsx";
import { Avatar } from "./avatar.tsx";
import { nameOf } from "./people.ts";
import { type Seen, unreadBy } from "./unread.ts";
import { UnreadMark } from "./unread-mark.tsx";

export function WhoYouAre({ seen }: { seen: Seen }) {
  const { cast } = usePage().state.slack;
  return (
    <fieldset className="ws-cast">
      <legend className="ws-side-heading">You are</legend>
      {cast.map((role) => (
        <CastMember key={role.user} role={role} seen={seen} />
      ))}
    </fieldset>
  );
}

function CastMember({ role, seen }: { role: Role; seen: Seen }) {
  const { state, me, play } = usePage();
  const { user } = role;
  const isMe = user === me;
  const tryThis = `ws-try-${user}`;
  return (
    <div className={isMe ? "ws-cast-member ws-is-me" : "ws-cast-member"}>
      <label>
        <input
          type="radio"
          name="ws-cast"
          value={user}
          checked={isMe}
          onChange={() => play(user)}
          {...(isMe && { "aria-describedby": tryThis })}
        />
        <Avatar user={user} isSmall />
        <span className="ws-cast-names">
          <span className="ws-cast-name">{nameOf(state.slack, user)}</span>
          <span className="ws-cast-role">{role.role}</span>
        </span>
        <UnreadMark count={unreadBy(seen, state.slack, user)} />
      </label>
      {isMe && (
        <p className="ws-try" id={tryThis}>
          <strong>You are {nameOf(state.slack, user)}.</strong> <TryThis text={role.tryThis} />
        </p>
      )}
    </div>
  );
}

/** What stands between backticks is to be typed. */
function TryThis({ text }: { text: string }) {
  return inOrder(text.split(/(`[^`]+`)/), (part) =>
    part.startsWith("`") ? <code>{part.slice(1, -1)}</code> : part,
  );
}

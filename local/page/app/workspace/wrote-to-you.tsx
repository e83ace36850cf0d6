// Tells in a line that the app has written to somebody who looks elsewhere. It takes no focus and moves nothing.

import { usePage } from "../page-state.tsx";
import { directMessageOf } from "./place.ts";
import { type Seen, unreadIn } from "./unread.ts";

export function WroteToYou({ seen, onLook }: { seen: Seen; onLook: () => void }) {
  const { state, me } = usePage();
  const { slack } = state;
  const room = directMessageOf(slack, me);
  const isNew = room !== undefined && unreadIn(seen, slack, me, room.id) > 0;
  return (
    <div className="ws-wrote" role="status">
      {isNew && (
        <>
          {slack.app.name} wrote to you.
          <button type="button" onClick={onLook}>
            Read it
          </button>
        </>
      )}
    </div>
  );
}

// The square picture of whoever wrote something: their letters on a colour of their own; a key for the app.

import type { CSSProperties } from "react";
import { usePage } from "../page-state.tsx";
import { hueOf, initialsOf, nameOf } from "./people.ts";

export function Avatar({ user, isSmall = false }: { user: string; isSmall?: boolean }) {
  const { slack } = usePage().state;
  const size = isSmall ? "ws-avatar ws-avatar-small" : "ws-avatar";
  if (user === slack.app.botUser) return <AppMark className={`${size} ws-avatar-app`} />;
  return (
    <span className={size} style={{ "--hue": hueOf(user) } as CSSProperties} aria-hidden="true">
      {initialsOf(nameOf(slack, user))}
    </span>
  );
}

function AppMark({ className }: { className: string }) {
  return (
    <svg className={className} viewBox="0 0 36 36" aria-hidden="true">
      <g fill="none" stroke="currentColor" strokeWidth="3" strokeLinecap="round">
        <circle cx="13" cy="18" r="5" />
        <path d="M18 18h11M25 18v5M29 18v4" />
      </g>
    </svg>
  );
}

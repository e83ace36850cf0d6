// What everybody has seen: whoever looks at a place sees what is there, and what comes while they look.

import { useLayoutEffect, useState } from "react";
import { usePage } from "../page-state.tsx";
import type { Place } from "./place.ts";
import { look, type Seen, seenAtFirst } from "./unread.ts";

export function useSeen(place: Place): Seen {
  const { state, me } = usePage();
  const { slack } = state;
  const [seen, setSeen] = useState(() => seenAtFirst(slack));
  useLayoutEffect(() => setSeen((before) => look(before, slack, me, place)), [slack, me, place]);
  return seen;
}

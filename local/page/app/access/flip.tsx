// A word that is lit for a moment when it changes.

import { useState } from "react";
import type { Tone } from "./grant-words.ts";

const SIGNS: Readonly<Record<Tone, string>> = { good: "✓", bad: "✕", warn: "!", quiet: "–" };

/** A word with its colour and its sign. */
export function Flip({ word, tone }: { readonly word: string; readonly tone: Tone }) {
  const changes = useChanges(word);
  return (
    <span
      // Another element each time, so that it is lit anew.
      key={changes}
      className={`ax-word ax-${tone}${changes === 0 ? "" : " ax-flipped"}`}
    >
      <span aria-hidden="true">{SIGNS[tone]} </span>
      {word}
    </span>
  );
}

/** How often `value` has changed since it was first shown. */
function useChanges(value: string): number {
  const [seen, setSeen] = useState({ value, changes: 0 });
  if (seen.value === value) return seen.changes;
  const changes = seen.changes + 1;
  setSeen({ value, changes });
  return changes;
}

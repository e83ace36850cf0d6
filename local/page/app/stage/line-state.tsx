// Whether the page hears from Latchkey, in words.

import type { Connected } from "../connection.ts";

const WORDS: Readonly<Record<Connected, string>> = {
  connecting: "connecting",
  open: "connected",
  lost: "Latchkey does not answer; trying again",
};

export function LineState({ connected }: { readonly connected: Connected }) {
  return (
    <p className={`st-line st-line-${connected}`} role="status">
      {WORDS[connected]}
    </p>
  );
}

// What stands in message boxes and is not sent yet, so that it is still there when the visitor comes back to one.

import { useState } from "react";

export interface Drafts {
  readonly of: (box: string) => string;
  readonly keep: (box: string, text: string) => void;
}

/** The box of a channel, or of a thread in it, as `person` sees it. */
export function boxOf(person: string, channel: string, thread?: string): string {
  return [person, channel, thread].join(" ");
}

export function useDrafts(): Drafts {
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  return {
    of: (box) => texts[box] ?? "",
    keep: (box, text) => setTexts((before) => ({ ...before, [box]: text })),
  };
}

// Shows the message box that the guide has written into, with the keyboard in it: what is left is to press Enter.

import { type RefObject, useEffect, useState } from "react";
import { usePage } from "../page-state.tsx";
import { useWritten } from "../write-for-visitor.ts";
import type { Place } from "./place.ts";
import { boxOf, type Drafts } from "./use-drafts.ts";

interface Showing {
  /** Where the message box stands. */
  readonly section: RefObject<HTMLElement | null>;
  readonly drafts: Drafts;
  readonly goTo: (place: Place) => void;
  readonly closeThread: () => void;
}

export function useWrittenDraft({ section, drafts, goTo, closeThread }: Showing): void {
  const { state } = usePage();
  const [times, setTimes] = useState(0);
  useWritten(({ by, channel, text }) => {
    const id = state.slack.channels.find(({ name }) => name === channel)?.id;
    if (id === undefined) return;
    drafts.keep(boxOf(by, id), text);
    closeThread();
    goTo({ kind: "channel", channel: id });
    setTimes((before) => before + 1);
  });
  useEffect(() => {
    if (times > 0) section.current?.querySelector("textarea")?.focus();
  }, [times, section]);
}

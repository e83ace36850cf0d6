// The list of commands above a message box: which of them is chosen, and the keys that walk it.

import { useState } from "react";
import type { SlashCommand } from "../../protocol.ts";

export type CommandList = ReturnType<typeof useCommandList>;

/** The list of `commands` for `text`. Escape puts it away until something else is typed. */
export function useCommandList(commands: readonly SlashCommand[], text: string) {
  const [index, setIndex] = useState(0);
  const [putAway, setPutAway] = useState<string>();
  const shown = putAway === text ? [] : commands;
  const chosen = shown[index] ?? shown[0];
  /** @returns whether the key was meant for the list */
  const onKey = (key: string): boolean => {
    if (chosen === undefined) return false;
    const at = shown.indexOf(chosen);
    if (key === "ArrowDown") setIndex((at + 1) % shown.length);
    else if (key === "ArrowUp") setIndex((at + shown.length - 1) % shown.length);
    else if (key === "Escape") setPutAway(text);
    else return false;
    return true;
  };
  return { shown, chosen, onKey };
}

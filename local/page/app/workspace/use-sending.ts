// Sends what is in a message box, one thing at a time; what went wrong stays in sight until the next is sent.

import { useState } from "react";
import type { PersonAct } from "../../protocol.ts";
import { usePage } from "../page-state.tsx";

/** `onSent`: what was in the box has arrived. */
export function useSending(onSent: () => void) {
  const { act } = usePage();
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const send = async (wanted: PersonAct) => {
    if (isBusy) return;
    setTrouble(undefined);
    setBusy(true);
    const answer = await act(wanted);
    setBusy(false);
    if (answer.trouble !== undefined) setTrouble(answer.trouble);
    else if (wanted.do !== "shortcut") onSent();
  };
  /** Says why something is not even sent. */
  const refuse = (why: string) => setTrouble(why);
  return { send, refuse, isBusy, trouble };
}

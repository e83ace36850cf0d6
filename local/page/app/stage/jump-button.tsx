// The way to the end of what is lent, without waiting for it.

import { useId, useState } from "react";
import { useNow } from "../page-state.tsx";
import { timeLeft, timeOf } from "./time-words.ts";

interface Jump {
  /** The next end of something lent (epoch ms); undefined: nothing is. */
  readonly nextEndAt: number | undefined;
  readonly jump: () => Promise<unknown>;
}

/** `JumpButton` with the time that passes. */
export function TickingJumpButton(props: Jump) {
  return <JumpButton {...props} now={useNow()} />;
}

export function JumpButton({ nextEndAt, jump, now }: Jump & { readonly now: number }) {
  const [isBusy, setBusy] = useState(false);
  const reason = useId();
  const isOff = nextEndAt === undefined || isBusy;
  const press = async () => {
    if (isOff) return;
    setBusy(true);
    await jump();
    setBusy(false);
  };
  // `aria-disabled`, so that the keyboard's place is not lost when the last end has come.
  return (
    <div className="st-jump">
      <button
        type="button"
        className="st-button"
        aria-disabled={isOff}
        aria-describedby={reason}
        onClick={() => void press()}
      >
        Jump to the end of the window
      </button>
      <span className="st-small" id={reason}>
        {whereTo(nextEndAt, now)}
      </span>
    </div>
  );
}

/** When the end is, or why there is none. `zone` as in time-words.ts. */
export function whereTo(nextEndAt: number | undefined, now: number, zone?: string): string {
  if (nextEndAt === undefined) return "Nothing is lent, so nothing ends";
  const left = nextEndAt <= now ? "now" : `in ${timeLeft(nextEndAt - now)}`;
  return `The next end: ${timeOf(nextEndAt, now, zone)}, ${left}`;
}

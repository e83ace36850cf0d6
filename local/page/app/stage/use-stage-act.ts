// Acts on the stage, and keeps what was in the way, in words, until it is read.

import { useCallback, useState } from "react";
import type { StageAct } from "../../protocol.ts";
import { usePage } from "../page-state.tsx";

/** `trouble`: what was in the way of the last act; gone with the next one, or by `forget`. */
export function useStageAct() {
  const { stage } = usePage();
  const [trouble, setTrouble] = useState<string>();
  const run = useCallback(
    async (act: StageAct) => {
      setTrouble(undefined);
      const answer = await stage(act);
      setTrouble(answer.trouble);
    },
    [stage],
  );
  const forget = useCallback(() => setTrouble(undefined), []);
  return { run, trouble, forget };
}

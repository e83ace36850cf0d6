// The bar on top: what this page is, the stack's time and how fast it passes, and what can be made to fail.

import { usePage } from "../page-state.tsx";
import { FaultMenu } from "./fault-menu.tsx";
import { TickingJumpButton } from "./jump-button.tsx";
import { LineState } from "./line-state.tsx";
import { SpeedChoice } from "./speed-choice.tsx";
import { TickingClock } from "./stage-clock.tsx";
import { TroubleNote } from "./trouble-note.tsx";
import { useStageAct } from "./use-stage-act.ts";

export function StageBar() {
  const { state, connected } = usePage();
  const { run, trouble, forget } = useStageAct();
  const { speed, nextEndAt, faults } = state.stage;
  return (
    <header className="st-bar">
      <div className="st-title">
        <div className="st-name">
          <h1>Latchkey</h1>
          <LineState connected={connected} />
        </div>
        <p className="st-small">Access on loan: ask, approve, use, and watch it end</p>
      </div>
      <TickingClock />
      <SpeedChoice speed={speed} choose={(next) => void run({ do: "speed", speed: next })} />
      <TickingJumpButton nextEndAt={nextEndAt} jump={() => run({ do: "jump" })} />
      <FaultMenu faults={faults} turn={(name, isOn) => void run({ do: "fault", name, isOn })} />
      <TroubleNote trouble={trouble} close={forget} />
    </header>
  );
}

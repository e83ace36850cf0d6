// The panel beside Slack: what to do next, and the access that there is, asked of those who grant it.

import { useMemo } from "react";
import { useNow, usePage } from "../page-state.tsx";
import { TickingJumpButton } from "../stage/jump-button.tsx";
import { useStageAct } from "../stage/use-stage-act.ts";
import { AwsAuth } from "./aws-auth.tsx";
import { CanI } from "./can-i.tsx";
import { Grants } from "./grants.tsx";
import { GuideSteps } from "./guide.tsx";
import { namesIn } from "./names.ts";
import { guideOf } from "./next-step.ts";
import { Passes } from "./passes.tsx";
import { RightNow } from "./right-now.tsx";
import { useStored } from "./use-stored.ts";

export function AccessPanel() {
  const { state, me, play } = usePage();
  const now = useNow();
  const nameOf = useMemo(() => namesIn(state.slack.users), [state.slack.users]);
  const [isGuided, setGuided] = useStored("latchkey-guide", true);
  const { access, work } = state;
  return (
    <div className="ax">
      {isGuided ? (
        <GuideSteps
          guide={guideOf(access)}
          nameOf={nameOf}
          me={me}
          play={play}
          now={now}
          close={() => setGuided(false)}
          jump={<GuideJump />}
        />
      ) : (
        <div className="ax-section">
          <button type="button" className="st-button" onClick={() => setGuided(true)}>
            What to do next
          </button>
        </div>
      )}
      <RightNow access={access} nameOf={nameOf} now={now} />
      <CanI access={access} nameOf={nameOf} />
      <AwsAuth text={access.awsAuth} />
      <Grants grants={access.grants} nameOf={nameOf} now={now} />
      <Passes passes={work.passes} />
    </div>
  );
}

function GuideJump() {
  const { state } = usePage();
  const { run, trouble } = useStageAct();
  return (
    <>
      <TickingJumpButton nextEndAt={state.stage.nextEndAt} jump={() => run({ do: "jump" })} />
      <p className="ax-small" role="alert">
        {trouble}
      </p>
    </>
  );
}

// What the tests of the page's stage stand on: a running stack with its scene, and a stage that knows the grants made there.

import type { GrantId } from "../../lib/grant/ids.ts";
import type { FaultName, StagePart } from "../../local/page/protocol.ts";
import { createStage, type Stage } from "../../local/page/stage-part.ts";
import type { Stack } from "../../local/stack.ts";
import { BOB, scene } from "../end-to-end/scene.ts";

export const GROUP = "iam-bttrm-web-ro-group";
export const USER = "iam-bttrm-web-user-1";

/** A stage over a test file's stack. Nothing in it happens by itself: the schedule ticks by hand. */
export function onStage(stack: () => Stack) {
  const { request, approve, grant, inNoTime, ...seen } = scene(stack);
  const ids: GrantId[] = [];
  let changes = 0;
  let made: Stage | undefined;
  const stage = (): Stage => {
    made ??= createStage({
      stack: stack(),
      grants: () => Promise.all(ids.map(grant)),
      onChange: () => {
        changes += 1;
      },
    });
    return made;
  };

  const requested = async (who: string, text: string): Promise<GrantId> => {
    const id = await request(who, text);
    ids.push(id);
    return id;
  };
  const turn = (name: FaultName, isOn: boolean) => stage().act({ do: "fault", name, isOn });

  return {
    ...seen,
    approve,
    grant,
    inNoTime,
    act: (act: Parameters<Stage["act"]>[0]) => stage().act(act),
    part: (): Promise<StagePart> => stage().part(),
    changes: () => changes,
    request: requested,
    /** A request that Bob has approved, up to the access. */
    async granted(who: string, text: string): Promise<GrantId> {
      const id = await requested(who, text);
      await approve(BOB, id);
      return id;
    },
    turn,
    /** The faults that are on. */
    async on(): Promise<readonly FaultName[]> {
      const { faults } = await stage().part();
      return faults.filter(({ isOn }) => isOn).map(({ name }) => name);
    },
    /** To just after the next end, and what that sets off to its end. */
    async jump(): Promise<void> {
      await stage().act({ do: "jump" });
      await inNoTime(stack().settle());
    },
  };
}

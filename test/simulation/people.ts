// What people do in the simulated world: they ask, and answer in time, twice, too late, or though they may not.

import {
  approveRequest,
  cancelRequest,
  denyRequest,
  endAccess,
} from "../../lib/broker/decide-request.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import type { GrantId, SlackUserId } from "../../lib/grant/ids.ts";
import { ADA, BOB, CAT, DAN, ENTITLEMENT_IDS, EVE, LEE, MAL } from "./catalogue.ts";
import type { Scene } from "./scene.ts";

const SECOND = 1_000;
const MINUTE = 60_000;

/** Requests, and for each what people do to it: in time, twice, too late, or though they may not. */
export function peopleAct(scene: Scene) {
  const { world, loop, random, click } = scene;
  const lasts = world.chaos.healsAt - loop.now() - MINUTE;
  for (let requests = random.between(2, 7); requests > 0; requests--) {
    loop.at(loop.now() + random.between(0, lasts), () => {
      const by = random.pick([ADA, ADA, ADA, DAN, DAN, MAL]);
      const entitlementId = random.pick(ENTITLEMENT_IDS);
      const duration = random.between(60, 180) * SECOND;
      click(`${by} asks for ${entitlementId} for ${duration / SECOND} s`, async (ports) => {
        const asked = await requestAccess(ports, { by, entitlementId, duration, from: "slack" });
        if (asked.allowed) peopleAnswer(scene, asked.grant.id, by);
      });
    });
  }
}

function peopleAnswer(
  { world, loop, random, click }: Scene,
  grantId: GrantId,
  requester: SlackUserId,
) {
  const within = (least: number, most: number) =>
    loop.now() + random.between(least * SECOND, most * SECOND);
  const act = (at: number, verb: keyof typeof VERBS, by: SlackUserId) =>
    loop.at(at, () =>
      click(`${by} would ${verb} ${grantId}`, (ports) =>
        VERBS[verb](ports, { grantId, by, from: "slack" }),
      ),
    );
  const at = within(1, 30);
  if (random.chance(0.9)) act(at, "approve", random.pick([BOB, BOB, LEE, EVE]));
  if (random.chance(0.6))
    act(at + random.between(-500, 500), "approve", random.pick([LEE, EVE, BOB]));
  if (random.chance(0.2)) act(at, "approve", random.pick([BOB, MAL, requester]));
  if (random.chance(0.1)) act(at + random.between(-500, 500), "deny", random.pick([LEE, BOB, MAL]));
  if (random.chance(0.1))
    act(at + random.between(-500, 500), "cancel", random.pick([requester, MAL]));
  if (random.chance(0.3)) act(within(2, 150), "end", random.pick([requester, BOB, CAT, MAL]));
  // A write whose answer was lost lands within seconds: an end in just that time is the hardest.
  if (random.chance(0.25 + (world.chaos.isOn() ? 0.3 : 0))) {
    act(at + random.between(1, 25) * SECOND, "end", requester);
  }
}

const VERBS = {
  approve: approveRequest,
  deny: denyRequest,
  cancel: cancelRequest,
  end: endAccess,
} as const;

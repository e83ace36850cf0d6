// What people do in the simulated world: they ask, and answer in time, twice, too late, or though they may not.

import {
  approveRequest,
  cancelRequest,
  denyRequest,
  endAccess,
} from "../../lib/broker/decide-request.ts";
import type { Ports } from "../../lib/broker/ports.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import type { GrantId, SlackUserId } from "../../lib/grant/ids.ts";
import {
  ADA,
  approversOf,
  BOB,
  CAT,
  DAN,
  ENTITLEMENT_IDS,
  IAM_ONLY,
  LAPSE_MS,
  LEE,
  MAL,
} from "./catalogue.ts";
import type { Scene } from "./scene.ts";

const SECOND = 1_000;

/** Requests, and for each what people do to it: in time, twice, too late, or though they may not. */
export function peopleAct(scene: Scene) {
  const { world, loop, random, plan } = scene;
  const lasts = (world.chaos.healsAt - loop.now()) / 2;
  // In most schedules nobody needs a cluster: the more of the rest is met in the same time.
  const wishes = random.chance(0.6) ? IAM_ONLY : ENTITLEMENT_IDS;
  for (let requests = random.between(2, 5); requests > 0; requests--) {
    plan(loop.now() + Math.floor(random.next() * lasts), () => {
      const by = random.pick([ADA, ADA, ADA, ADA, ADA, DAN, DAN, DAN, DAN, MAL]);
      const entitlementId = random.pick(wishes);
      const duration = random.pick([60, random.between(60, 120)]) * SECOND;
      clickUntilDone(scene, `${by} asks for ${entitlementId} for ${duration / SECOND} s`, (ports) =>
        requestAccess(ports, { by, entitlementId, duration, from: "slack" }).then((asked) => {
          if (asked.allowed) peopleAnswer(scene, asked.grant.id, entitlementId, by);
        }),
      );
    });
  }
}

function peopleAnswer(
  scene: Scene,
  grantId: GrantId,
  entitlementId: string,
  requester: SlackUserId,
) {
  const { loop, random, plan, mutant } = scene;
  const approve = mutant.approve ?? approveRequest;
  const within = (least: number, most: number) =>
    loop.now() + random.between(least * SECOND, most * SECOND);
  const act = (at: number, verb: keyof typeof VERBS, by: SlackUserId) =>
    plan(at, () =>
      clickUntilDone(scene, `${by} would ${verb} ${grantId}`, (ports) =>
        (verb === "approve" ? approve : VERBS[verb])(ports, { grantId, by, from: "slack" }).then(
          (outcome) => {
            const isBeginning = outcome.outcome === "done" && outcome.grant.status === "approved";
            // A write whose answer was lost lands within seconds: an end in just that time is the hardest.
            if (!isBeginning || !random.chance(0.6)) return;
            act(loop.now() + random.between(2_000, 14_000), "end", requester);
          },
        ),
      ),
    );
  const approvers = approversOf(entitlementId);
  const at = within(1, 30);
  if (random.chance(0.9)) act(at, "approve", random.pick(approvers));
  if (random.chance(0.6)) act(at + random.between(-500, 500), "approve", random.pick(approvers));
  if (random.chance(0.2)) act(at, "approve", random.pick([BOB, MAL, requester, requester]));
  if (random.chance(0.1)) act(at + random.between(-500, 500), "deny", random.pick([LEE, BOB, MAL]));
  if (random.chance(0.1))
    act(at + random.between(-500, 500), "cancel", random.pick([requester, MAL]));
  if (random.chance(0.3)) act(within(2, 100), "end", random.pick([requester, BOB, CAT, MAL]));
  // At the very moment at which the request lapses.
  if (random.chance(0.1))
    act(loop.now() + LAPSE_MS + random.between(-3_000, 6_000), "approve", random.pick(approvers));
}

/** How often a click is repeated, and after how long, where nothing seems to happen. */
const CLICKS = 4;
const PATIENCE_MS = 4 * SECOND;

/** Clicks; and where Slack shows no answer, or a failure, clicks again. */
function clickUntilDone(
  scene: Scene,
  what: string,
  work: (ports: Ports) => Promise<unknown>,
  clicks = 1,
) {
  const { loop, click, plan } = scene;
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  click(what, (ports) => {
    const answer = work(ports);
    answer.then(done, () => undefined);
    return answer;
  });
  if (clicks === CLICKS) return;
  plan(loop.now() + PATIENCE_MS, () => {
    if (!isDone) clickUntilDone(scene, what, work, clicks + 1);
  });
}

const VERBS = {
  approve: approveRequest,
  deny: denyRequest,
  cancel: cancelRequest,
  end: endAccess,
} as const;

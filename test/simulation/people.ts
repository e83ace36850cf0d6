// What people do in the simulated world: they ask, and answer in time, twice, too late, or though they may not.

import {
  approveRequest,
  cancelRequest,
  denyRequest,
  endAccess,
} from "../../lib/broker/decide-request.ts";
import { approveExtension, denyExtension, extendAccess } from "../../lib/broker/extend-access.ts";
import type { Ports } from "../../lib/broker/ports.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import type { Grant } from "../../lib/grant/grant.ts";
import type { SlackUserId } from "../../lib/grant/ids.ts";
import {
  ADA,
  approversOf,
  BOB,
  CAT,
  DAN,
  ENTITLEMENT_IDS,
  EVE,
  extensionsOf,
  IAM_ONLY,
  LAPSE_MS,
  LEE,
  MAL,
} from "./catalogue.ts";
import type { Verb } from "./mutants.ts";
import type { Scene } from "./scene.ts";

const SECOND = 1_000;

/** In so many requests for what can be extended people ask for long enough to extend it. */
const EXTENDING = 0.2;
/** Where somebody's access outlives the time after which Slack is asked whether they are still there. */
const LONG_SECONDS = 30 * 60;
/** A window that ends as soon as that is extended no more. */
const EXTENDED_BEFORE_MS = 120 * SECOND;

/**
 * Requests, and for each what people do to it: in time, twice, too late, or though they may not. `isLong`:
 * they ask for half an hour.
 */
export function peopleAct(scene: Scene, isLong = false) {
  const { world, loop, random, plan } = scene;
  const lasts = Math.min(world.chaos.healsAt - loop.now(), LATEST_MS) / 2;
  // In most schedules nobody needs a cluster: the more of the rest is met in the same time.
  const wishes = random.chance(0.6) ? IAM_ONLY : ENTITLEMENT_IDS;
  for (let requests = isLong ? 2 : random.between(2, 5); requests > 0; requests--) {
    plan(loop.now() + Math.floor(random.next() * lasts), () => {
      const by = random.pick([ADA, ADA, ADA, ADA, ADA, DAN, DAN, DAN, DAN, MAL]);
      const entitlementId = random.pick(wishes);
      const isExtending = extensionsOf(entitlementId) !== undefined && random.chance(EXTENDING);
      const seconds = isLong
        ? LONG_SECONDS
        : isExtending
          ? random.between(150, 300)
          : random.pick([60, random.between(60, 120)]);
      const duration = seconds * SECOND;
      clickUntilDone(scene, `${by} asks for ${entitlementId} for ${seconds} s`, (ports) =>
        requestAccess(ports, { by, entitlementId, duration, from: "slack" }).then((asked) => {
          if (asked.allowed) peopleAnswer(scene, asked.grant, isLong);
          return asked;
        }),
      );
    });
  }
  peopleLook(scene, lasts);
}

/** When the last requests are made, from the beginning on, where troubles last for longer. */
const LATEST_MS = 210 * SECOND;

/** People open their App Home. */
function peopleLook({ isTelling, loop, random, plan, openHome }: Scene, lasts: number) {
  if (!isTelling) return;
  for (const user of [ADA, DAN, BOB]) {
    if (!random.chance(0.3)) continue;
    plan(loop.now() + Math.floor(random.next() * lasts), () => openHome(user));
  }
}

function peopleAnswer(scene: Scene, asked: Grant, isLong: boolean) {
  const { loop, random, plan, mutant } = scene;
  const { id: grantId, requester, durationMs, entitlement } = asked;
  const within = (least: number, most: number) =>
    loop.now() + random.between(least * SECOND, most * SECOND);
  const isExtending = durationMs > EXTENDED_BEFORE_MS;
  const act: ActAt = (at, verb, by) => {
    const doing = mutant.verbs?.[verb] ?? VERBS[verb];
    plan(at, () =>
      clickUntilDone(scene, `${by} would ${verb} ${grantId}`, (ports) =>
        doing(ports, { grantId, by, from: "slack" }).then((outcome) => {
          if (outcome.outcome === "done") follow(outcome.grant);
          return outcome;
        }),
      ),
    );
  };
  const follow = (grant: Grant) => {
    const isAsked = grant.status === "active" && grant.extension?.approvals.length === 0;
    if (isAsked) peopleAnswerExtension(scene, grant, act);
    // A write whose answer was lost lands within seconds: an end in just that time is the hardest.
    const isHard = grant.status === "approved" && random.chance(isExtending ? 0.15 : 0.6);
    if (isHard) act(loop.now() + random.between(2_000, 14_000), "end", requester);
  };
  const approvers = approversOf(entitlement.id);
  const at = within(1, 30);
  if (random.chance(0.9)) act(at, "approve", random.pick(approvers));
  if (random.chance(0.6)) act(at + random.between(-500, 500), "approve", random.pick(approvers));
  if (random.chance(0.2)) act(at, "approve", random.pick([BOB, MAL, requester, requester]));
  if (random.chance(0.1)) act(at + random.between(-500, 500), "deny", random.pick([LEE, BOB, MAL]));
  if (random.chance(0.1))
    act(at + random.between(-500, 500), "cancel", random.pick([requester, MAL]));
  if (random.chance(isLong ? 0.1 : 0.3))
    act(within(2, 100), "end", random.pick([requester, BOB, CAT, MAL]));
  // At the very moment at which the request lapses.
  if (random.chance(0.1))
    act(loop.now() + LAPSE_MS + random.between(-3_000, 6_000), "approve", random.pick(approvers));
  if (isExtending) peopleExtend(scene, asked, act);
}

type ActAt = (at: number, verb: Verb, by: SlackUserId) => void;

/** The requester wants more: in time, twice, at the last moment, too late; and others who may not. */
function peopleExtend(scene: Scene, { id, requester, durationMs }: Grant, act: ActAt) {
  const { loop, random, plan, store } = scene;
  const sometime = () => loop.now() + random.between(8 * SECOND, durationMs - 60 * SECOND);
  const at = sometime();
  act(at, "extend", requester);
  if (random.chance(0.3)) act(at + random.between(-300, 300), "extend", requester);
  if (random.chance(0.2)) act(sometime(), "extend", random.pick([requester, MAL, BOB, EVE]));
  if (random.chance(0.3)) act(at + 20 * SECOND, "extend", requester);
  if (random.chance(0.1)) act(sometime(), "approveExtension", random.pick([BOB, MAL, requester]));
  plan(loop.now() + 40 * SECOND, () => {
    const grant = store.stored(id)?.grant;
    if (grant?.status !== "active" || !random.chance(0.4)) return;
    const lastAt = grant.window.expiresAt - EXTENDED_BEFORE_MS;
    act(lastAt + random.between(-4_000, 4_000), "extend", requester);
  });
}

/** As of a request: approvers, twice, others who may not; and when it is too late. */
function peopleAnswerExtension(scene: Scene, grant: Grant, act: ActAt) {
  const { loop, random } = scene;
  if (grant.status !== "active") return;
  const { requester, entitlement, window } = grant;
  const approvers = approversOf(entitlement.id);
  const at = loop.now() + random.between(1 * SECOND, 20 * SECOND);
  const nearby = () => at + random.between(-500, 500);
  const lastAt = window.expiresAt - EXTENDED_BEFORE_MS;
  if (random.chance(0.8)) act(at, "approveExtension", random.pick(approvers));
  if (random.chance(0.7)) act(nearby(), "approveExtension", random.pick(approvers));
  if (random.chance(0.3)) act(at, "approveExtension", random.pick([MAL, EVE, requester]));
  if (random.chance(0.15)) act(nearby(), "denyExtension", random.pick([...approvers, MAL, CAT]));
  if (random.chance(0.15)) act(nearby(), "end", requester);
  if (random.chance(0.3))
    act(lastAt + random.between(-4_000, 4_000), "approveExtension", random.pick(approvers));
}

/** How often a click is repeated, and after how long, where nothing seems to happen. */
const CLICKS = 4;
const PATIENCE_MS = 4 * SECOND;

/** Clicks; and where Slack shows no answer, a failure, or that it does not know them, clicks again. */
function clickUntilDone(
  scene: Scene,
  what: string,
  work: (ports: Ports) => Promise<object>,
  clicks = 1,
) {
  const { loop, click, plan } = scene;
  let isDone = false;
  const done = (answer: object) => {
    isDone = !("reasons" in answer) || !JSON.stringify(answer.reasons).includes(UNKNOWN);
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

/** What is in the codes of refusals that say: try again. */
const UNKNOWN = "-unknown";

const VERBS: Readonly<Record<Verb, typeof approveRequest>> = {
  approve: approveRequest,
  deny: denyRequest,
  cancel: cancelRequest,
  end: endAccess,
  extend: extendAccess,
  approveExtension,
  denyExtension,
};

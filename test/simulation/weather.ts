// What happens to the simulated world without the broker: schedules, administrators, other tools, outages.

import type { SlackUserId } from "../../lib/grant/ids.ts";
import {
  ADA,
  BOB,
  CLUSTERS,
  DAN,
  EVE,
  GROUPS,
  LEE,
  OTHER_POLICIES,
  POLICY,
  USER_NAMES,
  WITHOUT_DAN,
} from "./catalogue.ts";
import { userArn } from "./iam.ts";
import type { Mishap } from "./outside.ts";
import { GRACE_MS, type Scene } from "./scene.ts";

const SECOND = 1_000;
const MINUTE = 60_000;

/** The schedules, about every minute: missed now and then, or twice. */
export function schedulesRun({ world, loop, random, wake, mutant, truth, isTelling }: Scene) {
  for (const worker of ["provision", "revoke", "announce"] as const) {
    const tick = () => {
      loop.at(loop.now() + MINUTE, tick);
      truth.checkOverdue(world.chaos.lastFaultAt(), GRACE_MS);
      const inDisorder = world.chaos.isOn();
      if (mutant.asleep?.includes(worker)) return;
      if (worker === "announce" && !isTelling) return;
      if (worker === "announce") truth.checkTimely(world.chaos.lastFaultAt(), GRACE_MS);
      if (inDisorder && random.chance(0.1)) return world.chaos.met("sweep missed");
      wake(worker);
      if (!inDisorder || !random.chance(0.1)) return;
      world.chaos.met("sweep twice");
      wake(worker);
    };
    loop.at(loop.now() + random.between(0, MINUTE), tick);
  }
}

/** Administrators, other people's tools, and the weather. `isLong`: until those who have left are found out. */
export function worldTurns(scene: Scene, isLong = false) {
  for (const turn of [membersStand, peopleEdit, toolsWrite, outages, deploys, rowsSpoil])
    turn(scene);
  leaveSlack(scene, isLong);
  for (const name of USER_NAMES) usersChange(scene, name);
}

/**
 * In so many of the schedules that are out of order `what` happens at some time before all heals; where it
 * cannot happen just then (false), soon after.
 */
function sometimes(
  { world, loop, random }: Scene,
  probability: number,
  what: Mishap,
  happens: (until: number) => boolean,
) {
  const { chaos } = world;
  if (!chaos.isOn() || !random.chance(probability)) return;
  const now = () => {
    const until = Math.min(chaos.healsAt, loop.now() + random.between(10, 90) * SECOND);
    if (happens(until)) chaos.met(what, until);
    else if (loop.now() < chaos.healsAt) loop.at(loop.now() + 5 * SECOND, now);
  };
  loop.at(random.between(loop.now(), chaos.healsAt), now);
}

function membersStand({ world, random, iam, truth }: Scene) {
  for (const group of GROUPS) {
    for (const name of USER_NAMES) {
      if (!random.chance(0.1)) continue;
      iam.stand(group, name);
      truth.stands(group, iam.users.get(name) ?? "");
      world.trace?.(() => `${name} has always been in ${group}`);
    }
  }
}

/** People and tools that edit aws-auth with care: the version that they have read is the one they replace. */
function peopleEdit({ world, loop, random, clusters }: Scene) {
  for (const cluster of CLUSTERS) {
    for (let edits = random.pick([0, 1, 3, 8]); edits > 0; edits--) {
      loop.at(random.between(loop.now(), world.chaos.healsAt), () => clusters.editByHand(cluster));
    }
  }
}

/** Tools and people that write without care. */
function toolsWrite(scene: Scene) {
  const { loop, random, clusters } = scene;
  for (const cluster of CLUSTERS) {
    sometimes(scene, 0.15, "old text put back", (until) => {
      const old = clusters.readByTool(cluster);
      loop.at(until, () => clusters.putByTool(cluster, old));
      return true;
    });
    sometimes(scene, 0.15, "entry widened", () => clusters.widen(cluster));
    sometimes(scene, 0.06, "mapped by hand", () => {
      clusters.mapByHand(cluster, userArn(random.pick(USER_NAMES)));
      return true;
    });
    sometimes(scene, 0.06, "access entry", () => {
      clusters.giveEntry(cluster, userArn(random.pick(USER_NAMES)));
      return true;
    });
  }
}

function outages(scene: Scene) {
  const { world, random, clusters, iam, slack, isTelling } = scene;
  for (const cluster of CLUSTERS) {
    sometimes(scene, 0.2, "cluster away", (until) => {
      clusters.goAway(cluster, until);
      return true;
    });
  }
  sometimes(scene, 0.3, "iam writes down", (until) => {
    iam.writesFailUntil(until);
    world.trace?.(() => "IAM throttles every write for a while");
    return true;
  });
  sometimes(scene, 0.08, "group quota", (until) => {
    const name = random.pick(USER_NAMES);
    iam.fill(name, until);
    world.trace?.(() => `${name} is in as many groups as AWS allows`);
    return true;
  });
  if (!isTelling) return;
  sometimes(scene, 0.3, "slack away", (until) => {
    slack.goAway(until);
    return true;
  });
  sometimes(scene, 0.3, "message deleted", () => slack.deleteOne());
  sometimes(scene, 0.15, "message frozen", () => slack.freezeOne());
}

/** An administrator deploys another access.yml, and perhaps the first one again. */
function deploys(scene: Scene) {
  const { world, loop, random, deploy } = scene;
  const sometime = () => random.between(loop.now(), world.chaos.healsAt);
  if (random.chance(0.3)) {
    loop.at(sometime(), () => deploy(random.pick(OTHER_POLICIES)));
    if (random.chance(0.5)) loop.at(sometime(), () => deploy(POLICY));
  }
  sometimes(scene, 0.05, "somebody left", () => {
    deploy(WITHOUT_DAN);
    return true;
  });
}

/** Somebody is deactivated in Slack, or made a guest: for good. */
function leaveSlack(scene: Scene, isLong: boolean) {
  const { world, loop, random, slack, store } = scene;
  const leave = (people: readonly [SlackUserId, ...SlackUserId[]]) => {
    slack.leave(random.pick(people), random.pick(["deactivated", "guest"]));
    return true;
  };
  if (!isLong) return sometimes(scene, 0.1, "left Slack", () => leave([ADA, DAN, BOB, LEE, EVE]));
  loop.at(loop.now() + random.between(1.5 * MINUTE, 4 * MINUTE), () => {
    const [first, ...others] = store.grants().flatMap(({ grant }) => {
      return grant.status === "active" ? [grant.requester] : [];
    });
    if (first === undefined || !random.chance(0.8)) return;
    if (leave([first, ...others])) world.chaos.met("left Slack");
  });
}

/** Users are put into groups and out of them by hand, are deleted, and made anew. */
function usersChange(scene: Scene, name: string) {
  const { world, loop, random, iam, truth } = scene;
  const told = (what: string) => {
    world.trace?.(() => `${name} ${what}`);
    return true;
  };
  for (const group of GROUPS) {
    sometimes(scene, 0.06, "joined by hand", () => {
      const id = iam.users.get(name);
      if (id === undefined || iam.members.get(group)?.has(id)) return false;
      iam.join(group, name);
      truth.joinedByHand(group, id);
      return told(`is put into ${group} by hand, for good`);
    });
    sometimes(scene, 0.06, "left by hand", () => {
      const id = iam.users.get(name);
      if (id === undefined || !iam.members.get(group)?.has(id)) return false;
      iam.leave(group, name);
      truth.leftByHand(group, id);
      return told(`is taken out of ${group} by hand`);
    });
  }
  sometimes(scene, 0.08, "user deleted", (until) => {
    if (!iam.remove(name)) return false;
    const again = () => {
      if (iam.make(name)) told(`is made anew (${iam.users.get(name)})`);
      else loop.at(loop.now() + SECOND, again);
    };
    loop.at(random.pick([loop.now(), until]), again);
    return told("is deleted");
  });
}

/** A row that this release cannot read: for a while, or long after all else should be over. */
function rowsSpoil(scene: Scene) {
  const { world, loop, random, store, truth, plan } = scene;
  const { healsAt } = world.chaos;
  const isLong = random.chance(0.5);
  sometimes(scene, 0.08, "row spoilt", (soon) => {
    const [first, ...others] = store.grants();
    if (first === undefined) return false;
    const { id } = random.pick([first, ...others]).grant;
    const until = isLong ? healsAt + GRACE_MS + MINUTE : soon;
    store.spoil(id, random.pick(["undecodable", "newer-schema"]));
    truth.spoiltUntil.set(id, until);
    world.trace?.(() => `the row of ${id} cannot be read any more`);
    plan(until, () => {
      store.spoil(id, undefined);
      truth.spoiltUntil.set(id, loop.now());
      world.trace?.(() => `the row of ${id} can be read again`);
    });
    return true;
  });
}

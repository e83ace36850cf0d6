// What happens to the simulated world without the broker: schedules, administrators, other tools, outages.

import { CLUSTERS, GROUPS, OTHER_POLICIES, POLICY, USER_NAMES } from "./catalogue.ts";
import { GRACE_MS, type Scene } from "./scene.ts";

const SECOND = 1_000;
const MINUTE = 60_000;

/** The schedules, about every minute: missed now and then, or twice. */
export function schedulesRun({ world, loop, random, wake, mutant, truth }: Scene) {
  for (const worker of ["provision", "revoke", "announce"] as const) {
    const tick = () => {
      loop.at(loop.now() + MINUTE, tick);
      truth.checkOverdue(world.chaos.lastFaultAt(), GRACE_MS);
      const inDisorder = world.chaos.isOn();
      if (mutant.asleep?.includes(worker)) return;
      if (inDisorder && random.chance(0.1)) return world.chaos.met("sweep missed");
      wake(worker);
      if (!inDisorder || !random.chance(0.1)) return;
      world.chaos.met("sweep twice");
      wake(worker);
    };
    loop.at(loop.now() + random.between(0, MINUTE), tick);
  }
}

/** Administrators, other people's tools, and the weather. */
export function worldTurns(scene: Scene) {
  const { world, loop, random, iam, clusters, truth, deploy } = scene;
  const { healsAt } = world.chaos;
  const lasts = healsAt - loop.now();
  const sometime = () => loop.now() + random.between(0, lasts);
  for (const group of GROUPS) {
    for (const name of USER_NAMES) {
      if (!random.chance(0.1)) continue;
      iam.join(group, name);
      truth.stands(group, iam.users.get(name) ?? "");
      world.trace?.(() => `${name} has always been in ${group}`);
    }
  }
  for (const cluster of CLUSTERS) {
    for (let edits = random.between(0, 16); edits > 0; edits--) {
      loop.at(sometime(), () => clusters.editByHand(cluster));
    }
    if (world.chaos.isOn() && random.chance(0.2)) {
      loop.at(sometime(), () => {
        const until = Math.min(healsAt, loop.now() + random.between(10, 120) * SECOND);
        world.chaos.met("cluster away", until);
        clusters.goAway(cluster, until);
      });
    }
  }
  if (world.chaos.isOn() && random.chance(0.3)) {
    loop.at(sometime(), () => {
      const until = Math.min(healsAt, loop.now() + random.between(10, 120) * SECOND);
      world.chaos.met("iam writes down", until);
      iam.writesFailUntil(until);
      world.trace?.(() => "IAM throttles every write for a while");
    });
  }
  if (random.chance(0.3)) {
    loop.at(sometime(), () => deploy(random.pick(OTHER_POLICIES)));
    if (random.chance(0.5)) loop.at(sometime(), () => deploy(POLICY));
  }
  if (random.chance(0.15)) {
    loop.at(sometime(), () => {
      const name = random.pick(USER_NAMES);
      if (iam.recreate(name)) world.trace?.(() => `${name} is deleted and made anew`);
    });
  }
}

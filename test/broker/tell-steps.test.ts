// What is said of a grant's steps: each in the log once, and in the figures that go by it.

import { describe, expect, it } from "@jest/globals";
import { approveRequest, denyRequest } from "../../lib/broker/decide-request.ts";
import type { MetricName } from "../../lib/broker/ports.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import {
  ADA,
  anEntitlement,
  BOB,
  createWorld,
  HOUR,
  LEE,
  MINUTE,
  type World,
} from "../support/world.ts";

/** What was logged of grants: the step, and what the grant was then. */
const steps = ({ logged }: World) =>
  logged
    .filter(({ message }) => message.startsWith("grant "))
    .map(({ message, fields }) => `${message}: ${(fields as { status: string }).status}`);

/** What was noted so far, published or not, summed up. */
function figures(world: World): Partial<Record<MetricName, number>> {
  world.ports.metrics.publish();
  const sums: Partial<Record<MetricName, number>> = {};
  for (const each of world.measured) {
    for (const [name, values] of Object.entries(each)) {
      sums[name as MetricName] = values.reduce(
        (sum, value) => sum + value,
        sums[name as MetricName] ?? 0,
      );
    }
  }
  return sums;
}

const ask = async (world: World, entitlementId: string, reason?: string) => {
  const asked = await requestAccess(world.ports, { by: ADA, entitlementId, reason, from: "test" });
  if (!asked.allowed) throw new Error("not requested");
  return asked.grant.id;
};

describe("the steps of a grant", () => {
  it("are told one by one, from the request to the end", async () => {
    const world = createWorld();
    const id = await world.approved("both");
    await world.provision();
    world.advance(HOUR);
    await world.revoke();
    expect((await world.grant(id)).status).toBe("ended");
    expect(steps(world)).toEqual([
      "grant requested: pending",
      "grant approved: approved",
      "grant begun: approved",
      "grant active: active",
      "grant revoking: revoking",
      "grant expired: ended",
    ]);
    for (const { fields } of world.logged) expect(fields).toMatchObject({ grant: id });
  });

  it("are counted where a dashboard wants them counted", async () => {
    const world = createWorld([
      anEntitlement("web-pods-read", { lapseMs: HOUR }),
      anEntitlement("alone", { approval: { kind: "automatic" } }),
    ]);
    const denied = await ask(world, "web-pods-read");
    await denyRequest(world.ports, { grantId: denied, by: BOB, from: "test" });
    await ask(world, "web-pods-read");
    world.advance(HOUR);
    await world.revoke();
    await ask(world, "alone");
    await world.provision();
    world.advance(HOUR);
    await world.revoke();
    expect(figures(world)).toMatchObject({
      requests: 3,
      denials: 1,
      lapses: 1,
      approvals: 1,
      ends: 1,
    });
    expect(figures(world).failedGrants).toBeUndefined();
  });

  it("tell how long approvers took, with the last approval; where none is needed, nothing", async () => {
    const approval = {
      kind: "approvers",
      by: ["platform-leads"],
      count: 2,
      notify: "none",
    } as const;
    const world = createWorld([
      anEntitlement("two", { approval }),
      anEntitlement("alone", { approval: { kind: "automatic" } }),
    ]);
    const id = await ask(world, "two");
    world.advance(MINUTE);
    await approveRequest(world.ports, { grantId: id, by: BOB, from: "test" });
    expect(figures(world).approvals).toBeUndefined();
    world.advance(MINUTE);
    await approveRequest(world.ports, { grantId: id, by: LEE, from: "test" });
    expect(figures(world)).toMatchObject({ approvals: 1, approvalSeconds: 120 });
    await ask(world, "alone");
    expect(figures(world)).toMatchObject({ approvals: 2, approvalSeconds: 120 });
  });

  it("that nobody wants to see are warned of, and counted: a grant that could not be given", async () => {
    const world = createWorld();
    world.users.clear();
    const id = await world.approved("web-pods-read");
    await world.provision();
    expect(await world.grant(id)).toMatchObject({ status: "ended", cause: { kind: "failed" } });
    expect(world.logged.at(-1)).toMatchObject({ level: "warn", message: "grant failed" });
    expect(figures(world)).toMatchObject({ failedGrants: 1, ends: 1 });
  });

  it("hold nothing that people typed", async () => {
    const world = createWorld();
    const id = await ask(world, "web-pods-read", "canary-reason");
    await denyRequest(world.ports, { grantId: id, by: BOB, from: "test", denial: "canary-denial" });
    expect(JSON.stringify(await world.grant(id))).toMatch(/canary-reason.*canary-denial/);
    expect(JSON.stringify(world.logged)).not.toContain("canary");
  });
});
